import numpy as np
import pytest
from action_msgs.msg import GoalStatus
from builtin_interfaces.msg import Duration
from control_msgs.action import FollowJointTrajectory, GripperCommand
from control_msgs.msg import JointTolerance
from rclpy.action import ActionClient
from rclpy.parameter import Parameter
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import CameraInfo, CompressedImage, Image, JointState
from trajectory_msgs.msg import JointTrajectory, JointTrajectoryPoint
from vla_ros_interfaces.msg import SceneTruth
from vla_ros_interfaces.srv import ResetScene

from vla_ros.ros import qos
from vla_ros.ros.detections import scene_truth_from_msg
from vla_ros.ros.images import depth_m_from_image, rgb_from_compressed, rgb_from_image
from vla_ros.ros.joints import joint_positions
from vla_ros.ros.stamps import stamp_ns
from vla_ros.ros.tf import TransformListener

LIMIT_S = 300.0
NAMES = [f"arm_joint_{i}" for i in range(1, 8)]
HOME = np.array([0.0, -0.8073, 0.0, -2.3693, 0.0, 1.5620, 0.7854])


class Listener:
    """What a driver's user hears: the newest message of each topic."""

    def __init__(self, node):
        self.node = node
        self.newest = {}

    def hear(self, kind, topic, profile):
        self.node.create_subscription(
            kind, topic, lambda msg: self.newest.__setitem__(topic, msg), profile
        )
        return self

    def joints(self):
        return joint_positions(self.newest["joint_states"], NAMES)


@pytest.fixture
def listener(graph, simulator, until):
    made = Listener(graph.node("listener")).hear(JointState, "joint_states", qos.STATE_READER)
    assert until(lambda: "joint_states" in made.newest)
    return made


def trajectory(offset, seconds=0.2, names=NAMES) -> JointTrajectory:
    point = JointTrajectoryPoint(positions=(HOME + offset).tolist())
    point.time_from_start = Duration(sec=int(seconds), nanosec=round((seconds % 1.0) * 1e9))
    return JointTrajectory(joint_names=names, points=[point])


@pytest.fixture
def result_of(graph, until):
    """Send a goal; return its status and result, or None where it was rejected."""

    def run(client, goal):
        handle = begin(client, goal)
        return ended(handle) if handle.accepted else None

    def begin(client, goal):
        assert until(client.server_is_ready)
        sent = graph.do(lambda: client.send_goal_async(goal))
        assert until(sent.done)
        return sent.result()

    def ended(handle):
        done = graph.do(handle.get_result_async)
        assert until(done.done)
        return done.result().status, done.result().result

    run.begin, run.ended = begin, ended
    return run


def test_pictures_depth_and_intrinsics_agree(graph, listener, until):
    prefix = "front_camera"
    topics = {
        "image_raw": Image,
        "depth/image_raw": Image,
        "camera_info": CameraInfo,
        "image_raw/compressed": CompressedImage,
    }
    for topic, kind in topics.items():
        listener.hear(kind, f"{prefix}/{topic}", qos.IMAGE)
    assert until(lambda: len(listener.newest) == 5)
    raw, depth, info, compressed = (listener.newest[f"{prefix}/{topic}"] for topic in topics)
    rgb = rgb_from_image(raw)
    assert rgb.shape == (240, 320, 3) and rgb.std() > 10.0
    assert (info.width, info.height) == (320, 240)
    assert raw.header.frame_id == info.header.frame_id == "front_camera_optical_frame"
    assert depth.encoding == "16UC1"
    depth_m = depth_m_from_image(depth)
    assert 0.3 < np.nanmedian(depth_m) < 2.5
    assert rgb_from_compressed(compressed).shape == rgb.shape
    # Where the tool is by tf, there is something near by depth: the frames mean what they say.
    tf = TransformListener(graph.node("tf_listener"))
    T_camera_base = tf.buffer.lookup("front_camera_optical_frame", "base_link", None, LIMIT_S)
    table = T_camera_base @ [0.47, 0.0, 0.0, 1.0]
    u, v, w = np.array(info.k).reshape(3, 3) @ table[:3]
    seen = depth_m[int(v / w) - 3 : int(v / w) + 4, int(u / w) - 3 : int(u / w) + 4]
    assert np.nanmedian(seen) == pytest.approx(table[2], abs=0.15)


def test_time_rises_and_stamps_are_of_it(listener, until):
    listener.hear(Clock, "/clock", qos.CLOCK)
    assert until(lambda: "/clock" in listener.newest)
    first = stamp_ns(listener.newest["/clock"].clock)
    assert until(lambda: stamp_ns(listener.newest["/clock"].clock) > first + 100_000_000)
    joints_ns = stamp_ns(listener.newest["joint_states"].header.stamp)
    assert abs(joints_ns - stamp_ns(listener.newest["/clock"].clock)) < 500_000_000


def test_the_tree_reaches_the_tool_and_the_wrist(graph, listener):
    tf = TransformListener(graph.node("tf_listener"))
    T_base_tool = tf.buffer.lookup("base_link", "tool0", None, LIMIT_S)
    np.testing.assert_allclose(T_base_tool[:3, 3], [0.30, 0.0, 0.45], atol=0.02)
    np.testing.assert_allclose(T_base_tool[:3, 2], [0.0, 0.0, -1.0], atol=0.02)
    T_tool_wrist = tf.buffer.lookup("tool0", "wrist_camera_optical_frame", None, LIMIT_S)
    assert np.linalg.norm(T_tool_wrist[:3, 3]) < 0.3


def test_follows_a_trajectory_by_topic(graph, listener, until):
    publisher = listener.node.create_publisher(
        JointTrajectory, "arm_controller/joint_trajectory", qos.REQUEST
    )
    assert until(lambda: publisher.get_subscription_count() == 1)
    offset = np.array([0.2, 0, 0, 0, 0, 0, -0.1])
    publisher.publish(trajectory(offset))
    assert until(lambda: np.abs(listener.joints() - HOME - offset).max() < 0.01)


def test_an_empty_trajectory_stops_it(simulator, listener, until):
    # Paced, so that it is still on its way however late the messages are.
    simulator.set_parameters([Parameter("real_time_factor", value=1.0)])
    publisher = listener.node.create_publisher(
        JointTrajectory, "arm_controller/joint_trajectory", qos.REQUEST
    )
    assert until(lambda: publisher.get_subscription_count() == 1)
    publisher.publish(trajectory(np.array([1.5, 0, 0, 0, 0, 0, 0]), 300.0))
    assert until(lambda: listener.joints()[0] > 0.01)
    publisher.publish(JointTrajectory())
    assert until(lambda: abs(listener.newest["joint_states"].velocity[0]) < 1e-3)
    assert listener.joints()[0] < 1.4


def test_follows_a_trajectory_by_action(listener, result_of):
    client = ActionClient(
        listener.node, FollowJointTrajectory, "arm_controller/follow_joint_trajectory"
    )
    goal = FollowJointTrajectory.Goal(trajectory=trajectory(np.full(7, 0.05)))
    goal.goal_tolerance = [JointTolerance(name=name, position=0.01) for name in NAMES]
    status, result = result_of(client, goal)
    assert (status, result.error_code) == (GoalStatus.STATUS_SUCCEEDED, 0)
    np.testing.assert_allclose(listener.joints(), HOME + 0.05, atol=0.02)


@pytest.mark.parametrize(
    "bad",
    [
        trajectory(np.zeros(7), names=[*NAMES[:-1], "elbow"]),
        trajectory(np.full(7, np.nan)),
        JointTrajectory(joint_names=NAMES),
    ],
)
def test_refuses_what_makes_no_sense(listener, result_of, bad):
    client = ActionClient(
        listener.node, FollowJointTrajectory, "arm_controller/follow_joint_trajectory"
    )
    assert result_of(client, FollowJointTrajectory.Goal(trajectory=bad)) is None
    np.testing.assert_allclose(listener.joints(), HOME, atol=0.01)


def test_cancel_stops_and_a_newer_goal_replaces(graph, simulator, listener, until, result_of):
    simulator.set_parameters([Parameter("real_time_factor", value=1.0)])
    client = ActionClient(
        listener.node, FollowJointTrajectory, "arm_controller/follow_joint_trajectory"
    )
    long = FollowJointTrajectory.Goal(
        trajectory=trajectory(np.array([1.0, 0, 0, 0, 0, 0, 0]), 900.0)
    )
    first = result_of.begin(client, long)
    status, _ = result_of(client, FollowJointTrajectory.Goal(trajectory=trajectory(np.zeros(7))))
    assert status == GoalStatus.STATUS_SUCCEEDED
    assert result_of.ended(first)[0] == GoalStatus.STATUS_ABORTED
    second = result_of.begin(client, long)
    graph.do(second.cancel_goal_async)
    assert result_of.ended(second)[0] == GoalStatus.STATUS_CANCELED
    assert until(lambda: abs(listener.newest["joint_states"].velocity[0]) < 1e-3)


def test_gripper_closes_and_opens(listener, result_of):
    client = ActionClient(listener.node, GripperCommand, "gripper_controller/gripper_cmd")
    goal = GripperCommand.Goal()
    for position in (0.0, 0.04):
        goal.command.position = position
        status, result = result_of(client, goal)
        assert status == GoalStatus.STATUS_SUCCEEDED and result.reached_goal
        assert result.position == pytest.approx(position, abs=0.003)
    goal.command.position = float("nan")
    assert result_of(client, goal) is None


def test_goals_that_are_running_end_with_the_simulator(simulator, listener, until, result_of):
    simulator.set_parameters([Parameter("real_time_factor", value=0.01)])
    arm = ActionClient(
        listener.node, FollowJointTrajectory, "arm_controller/follow_joint_trajectory"
    )
    gripper = ActionClient(listener.node, GripperCommand, "gripper_controller/gripper_cmd")
    turn = trajectory(np.array([1.0, 0, 0, 0, 0, 0, 0]), 900.0)
    running = [
        result_of.begin(arm, FollowJointTrajectory.Goal(trajectory=turn)),
        result_of.begin(gripper, GripperCommand.Goal()),
    ]
    assert all(handle.accepted for handle in running)
    simulator.close()
    for handle in running:
        assert result_of.ended(handle)[0] == GoalStatus.STATUS_ABORTED


def test_reset_builds_another_scene(listener, until):
    truth = "ground_truth/scene"
    listener.hear(SceneTruth, truth, qos.STATUS)
    client = listener.node.create_client(ResetScene, "reset_scene")
    assert until(client.service_is_ready)
    before_ns = stamp_ns(listener.newest["joint_states"].header.stamp)
    request = ResetScene.Request(seed=11, required_kinds=["cube", "bowl"])
    request.required_colors = ["red", ""]
    future = client.call_async(request)
    assert until(future.done) and future.result().success
    assert until(lambda: truth in listener.newest and listener.newest[truth].seed == 11)
    objects = scene_truth_from_msg(listener.newest[truth]).values()
    assert any(thing.kind == "cube" and thing.color == "red" for thing in objects)
    assert any(thing.kind == "bowl" for thing in objects)
    assert all(-0.1 < thing.T_base_object[2, 3] < 0.5 for thing in objects)
    after_ns = lambda: stamp_ns(listener.newest["joint_states"].header.stamp)  # noqa: E731
    assert until(lambda: after_ns() > before_ns), "time must not go back"
    broken = client.call_async(ResetScene.Request(seed=1, required_kinds=["cube"]))
    assert until(broken.done) and not broken.result().success


def test_another_robots_joints_are_refused(graph, robot_args):
    from vla_ros.errors import ConfigError
    from vla_ros.nodes.mujoco_sim_node import MujocoSimNode

    wrong = Parameter("joint_names", value=["shoulder", "elbow"])
    with pytest.raises(ConfigError, match="shoulder"):
        MujocoSimNode(context=graph.context, cli_args=robot_args, parameter_overrides=[wrong])
