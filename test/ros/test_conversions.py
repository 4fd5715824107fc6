import numpy as np
import pytest
from geometry_msgs.msg import Pose
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation
from sensor_msgs.msg import JointState

from vla_ros.errors import MessageError, TerminationReason
from vla_ros.params import RobotParams
from vla_ros.ros import camera, detections, joints, poses, stamps
from vla_ros.sim.environment import ObjectTruth
from vla_ros.types import Detection, GateStatus, Grounding, Look, Target, ToolCommand

FINITE = st.floats(-5.0, 5.0)
ROBOT = RobotParams(
    base_frame="base",
    tool_frame="tool",
    joint_names=("a", "b"),
    home_rad=(0.0, 0.5),
    gripper_joint="finger",
    gripper_joint_closed=0.0,
    gripper_joint_open=0.04,
    gripper_max_width_m=0.08,
    finger_depth_m=0.01,
    robot_description="",
)


@st.composite
def rigid(draw):
    T = np.eye(4)
    T[:3, 3] = [draw(FINITE) for _ in range(3)]
    T[:3, :3] = Rotation.from_rotvec([draw(st.floats(-3.0, 3.0)) for _ in range(3)]).as_matrix()
    return T


@given(st.integers(-(2**31) * 10**9, 2**31 * 10**9 - 1))
def test_stamps_round_trip(nanoseconds):
    msg = stamps.time_msg(nanoseconds)
    assert 0 <= msg.nanosec < 10**9
    assert stamps.stamp_ns(msg) == nanoseconds
    assert stamps.stamp_ns(stamps.duration_msg(nanoseconds)) == nanoseconds


@given(rigid())
def test_poses_round_trip(T):
    np.testing.assert_allclose(poses.pose_from_msg(poses.pose_msg(T)), T, atol=1e-12)
    msg = poses.transform_msg(T, "base", "tool", 7)
    assert (msg.header.frame_id, msg.child_frame_id) == ("base", "tool")
    np.testing.assert_allclose(poses.transform_from_msg(msg.transform), T, atol=1e-12)


def test_a_pose_turns_as_its_quaternion_says():
    msg = Pose()
    msg.orientation.z = msg.orientation.w = np.sqrt(0.5)
    turned = poses.pose_from_msg(msg) @ [1.0, 0.0, 0.0, 1.0]
    np.testing.assert_allclose(turned, [0.0, 1.0, 0.0, 1.0], atol=1e-12)


@pytest.mark.parametrize("bad", [{"w": 0.0}, {"w": float("nan")}, {"x": 3.0}])
def test_no_rotation_is_refused(bad):
    msg = Pose()
    for name, value in bad.items():
        setattr(msg.orientation, name, value)
    with pytest.raises(MessageError):
        poses.pose_from_msg(msg)


def test_nan_positions_are_refused():
    msg = Pose()
    msg.position.y = float("nan")
    with pytest.raises(MessageError, match="nan"):
        poses.pose_from_msg(msg)


@given(rigid(), st.floats(0.0, 1.0))
def test_tool_commands_round_trip(T, opening):
    command = ToolCommand(T, opening, "base", 123)
    read = poses.tool_command_from_msg(poses.tool_command_msg(command), opening)
    np.testing.assert_allclose(read.T_base_tool, T, atol=1e-12)
    assert (read.gripper_opening, read.frame_id, read.stamp_ns) == (opening, "base", 123)


def test_joints_are_picked_by_name():
    msg = JointState(name=["finger", "b", "x", "a"], position=[0.01, 2.0, 9.0, 1.0])
    np.testing.assert_array_equal(joints.joint_positions(msg, ("a", "b")), [1.0, 2.0])
    np.testing.assert_array_equal(joints.joint_velocities(msg, ("a", "b")), [0.0, 0.0])
    assert joints.gripper_opening(msg, ROBOT) == pytest.approx(0.25)


@pytest.mark.parametrize(
    "msg",
    [
        JointState(name=["a"], position=[1.0]),
        JointState(name=["a", "b"], position=[1.0]),
        JointState(name=["a", "b"], position=[1.0, float("nan")]),
        JointState(name=["a", "b"], position=[1.0, float("inf")]),
    ],
)
def test_broken_joint_states_are_refused(msg):
    with pytest.raises(MessageError):
        joints.joint_positions(msg, ("a", "b"))


@given(st.floats(0.0, 1.0))
def test_gripper_opening_inverts_position(opening):
    position = joints.gripper_position(opening, ROBOT)
    msg = JointState(name=["finger"], position=[position])
    assert joints.gripper_opening(msg, ROBOT) == pytest.approx(opening)


def test_trajectory_says_when():
    msg = joints.joint_trajectory_msg(
        ("a", "b"), np.array([[0.0, 1.0], [0.1, 1.1]]), [0.5, 1.25], np.zeros((2, 2))
    )
    assert list(msg.joint_names) == ["a", "b"]
    assert list(msg.points[1].positions) == [0.1, 1.1]
    assert [stamps.stamp_ns(p.time_from_start) for p in msg.points] == [500_000_000, 1_250_000_000]


def test_camera_info_round_trip():
    k = np.array([[300.0, 0, 160], [0, 310, 120], [0, 0, 1]])
    msg = camera.camera_info_msg(k, 320, 240, "optical", 5)
    np.testing.assert_array_equal(camera.k_px_from_info(msg), k)
    assert not camera.is_distorted(msg)
    msg.d = [0.1, 0.0, 0.0, 0.0, 0.0]
    assert camera.is_distorted(msg)


def test_an_uncalibrated_camera_is_refused():
    msg = camera.camera_info_msg(np.eye(3), 320, 240, "optical", 5)
    msg.k = [0.0] * 9
    with pytest.raises(MessageError, match="calibrate"):
        camera.k_px_from_info(msg)


@given(st.lists(st.floats(0.0, 500.0), min_size=4, max_size=4), st.floats(0.0, 1.0))
def test_detections_round_trip(corners, score):
    x0, x1 = sorted(corners[:2])
    y0, y1 = sorted(corners[2:])
    msg = detections.detections_msg(
        [Detection("red cube", np.array([x0, y0, x1, y1]), score)], "optical", 9
    )
    assert msg.detections[0].bbox.center.position.x == pytest.approx((x0 + x1) / 2)
    (read,) = detections.detections_from_msg(msg)
    assert (read.phrase, read.score) == ("red cube", score)
    np.testing.assert_allclose(read.box_px, [x0, y0, x1, y1], atol=1e-9)


def target(T: np.ndarray, points: np.ndarray | None) -> Target:
    return Target(
        phrase="red cube",
        box_px=np.array([1.0, 2.0, 30.0, 40.0]),
        T_base_object=T,
        extent_m=np.array([0.04, 0.03, 0.05]),
        score=0.75,
        points_m=points,
        camera="front",
        stamp_ns=1_234_567_890,
    )


@given(rigid(), st.integers(0, 50))
def test_a_look_travels(T, count):
    points = np.random.default_rng(count).uniform(-1, 1, (count, 3)) if count else None
    look = Look(
        {
            "red cube": Grounding("red cube", (target(T, points),)),
            "blue mug": Grounding("blue mug", (), "nothing blue is on the table"),
        },
        (target(T, None),),
        1_234_567_890,
    )
    groundings = detections.groundings_msg(look, ["blue mug", "red cube"], "base", "optical")
    assert [g.phrase for g in groundings] == ["blue mug", "red cube"]
    obstacles = [detections.target_msg(t, "base", "optical") for t in look.obstacles]
    read = detections.look_from_msgs(groundings, obstacles, look.stamp_ns)
    assert read.groundings["blue mug"].reason == "nothing blue is on the table"
    (seen,) = read.groundings["red cube"].targets
    np.testing.assert_allclose(seen.T_base_object, T, atol=1e-12)
    np.testing.assert_array_equal(seen.extent_m, [0.04, 0.03, 0.05])
    np.testing.assert_allclose(seen.box_px, [1.0, 2.0, 30.0, 40.0])
    assert (seen.score, seen.camera, seen.stamp_ns) == (0.75, "front", 1_234_567_890)
    if points is None:
        assert seen.points_m is None
    else:
        np.testing.assert_allclose(seen.points_m, points, atol=1e-6)
    assert len(read.obstacles) == 1 and read.obstacles[0].points_m is None


def test_large_clouds_are_thinned():
    points = np.zeros((50_000, 3))
    msg = detections.target_msg(target(np.eye(4), points), "base", "optical")
    assert 2000 <= msg.points.width <= detections.MAX_POINTS
    assert len(msg.points.data) == 12 * msg.points.width


def test_broken_targets_are_refused():
    msg = detections.target_msg(target(np.eye(4), np.ones((3, 3))), "base", "optical")
    msg.bounding_box.bbox.size.x = float("nan")
    with pytest.raises(MessageError):
        detections.target_from_msg(msg)
    msg = detections.target_msg(target(np.eye(4), np.ones((3, 3))), "base", "optical")
    msg.points.point_step = 16
    with pytest.raises(MessageError):
        detections.target_from_msg(msg)
    msg = detections.target_msg(target(np.eye(4), None), "base", "optical")
    msg.bounding_box.results = []
    with pytest.raises(MessageError):
        detections.target_from_msg(msg)


@given(rigid(), st.none() | st.floats(0.0, 1.0))
def test_ground_truth_travels(T, opening):
    phrases = ("red cube", "red block")
    truth = ObjectTruth("red_cube_1", "cube", "red", phrases, T, np.ones(3), opening)
    msg = detections.scene_truth_msg([truth], ["red_cube_1"], 7, "base", 3)
    assert (msg.seed, list(msg.held)) == (7, ["red_cube_1"])
    read = detections.scene_truth_from_msg(msg)
    assert read["red_cube_1"].opening == opening
    assert read["red_cube_1"].phrases == ("red cube", "red block")
    np.testing.assert_allclose(read["red_cube_1"].T_base_object, T, atol=1e-12)


def test_interface_constants_are_the_core_enums():
    from vla_ros_interfaces.action import ExecuteInstruction
    from vla_ros_interfaces.msg import GateState
    from vla_ros_interfaces.srv import Ground

    for reason in TerminationReason:
        assert getattr(ExecuteInstruction.Result, reason.name) == reason.value
    for status in GateStatus:
        assert getattr(GateState, status.name) == status.value
    for name in ("SUCCEEDED", "CAMERA_STALE", "NO_DEPTH", "MODEL_ERROR", "INTERNAL_ERROR"):
        assert getattr(Ground.Response, name) == TerminationReason[name].value
