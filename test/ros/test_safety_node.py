"""The safety node in front of the simulator, on simulated time."""

import numpy as np
import pytest
from geometry_msgs.msg import PoseStamped
from rclpy.parameter import Parameter
from sensor_msgs.msg import JointState
from std_msgs.msg import Bool, Empty, Float64, String
from std_srvs.srv import Trigger
from trajectory_msgs.msg import JointTrajectory
from vla_ros_interfaces.msg import GateState

from vla_ros.evaluation.resting import rest_ns
from vla_ros.geometry import tool_down
from vla_ros.ros import qos
from vla_ros.ros.poses import pose_stamped_msg
from vla_ros.ros.stamps import stamp_ns

HOME_M = np.array([0.30, 0.0, 0.45])
MS = 1_000_000


class Operator:
    """Somebody who sends requests at 50 Hz, and sees what comes of it."""

    def __init__(self, node):
        self.node = node
        self.T_wanted = None
        self.stamped_ns = 0
        self.frame = "base_link"
        self.gate: GateState | None = None
        self.joints: list[tuple[int, np.ndarray]] = []
        self.sent: list[JointTrajectory] = []
        self._pose = node.create_publisher(PoseStamped, "tool_pose_request", qos.REQUEST)
        self._grip = node.create_publisher(Float64, "gripper_request", qos.REQUEST)
        node.create_subscription(GateState, "gate_state", self._on_gate, qos.STATUS)
        node.create_subscription(JointState, "joint_states", self._on_joints, qos.STATE_READER)
        node.create_subscription(
            JointTrajectory, "arm_controller/joint_trajectory", self.sent.append, qos.REQUEST
        )
        node.create_timer(0.02, self._request)

    def _on_gate(self, msg):
        self.gate = msg

    def _on_joints(self, msg):
        if "arm_joint_1" in msg.name:
            self.joints.append((stamp_ns(msg.header.stamp), np.array(msg.velocity[:7])))

    def _request(self):
        if self.T_wanted is None:
            return
        now_ns = self.node.get_clock().now().nanoseconds
        self._grip.publish(Float64(data=1.0))
        self._pose.publish(pose_stamped_msg(self.T_wanted, self.frame, self.stamped_ns or now_ns))

    def move_to(self, dx=0.0, dy=0.0, dz=0.0):
        self.T_wanted = tool_down(HOME_M + np.array([dx, dy, dz]), 0.0)

    @property
    def speed(self):
        return np.abs(self.joints[-1][1]).max() if self.joints else 0.0

    def status(self, name):
        return self.gate is not None and self.gate.status == getattr(GateState, name)

    def call(self, until, service):
        client = self.node.create_client(Trigger, f"safety/{service}")
        assert until(client.service_is_ready)
        future = client.call_async(Trigger.Request())
        assert until(future.done)
        self.node.destroy_client(client)
        return future.result()

    def arm(self, until):
        """Arm as soon as the gate lets: it must have heard where the arm is, and that it rests."""
        assert until(lambda: self.call(until, "arm").success)

    def publisher(self, kind, topic, until):
        publisher = self.node.create_publisher(kind, topic, qos.EVENT)
        assert until(lambda: publisher.get_subscription_count() > 0)
        return publisher


SIM_TIME = Parameter("use_sim_time", value=True)
REAL_TIME = Parameter("real_time_factor", value=1.0)
# What a busy machine delays by 100 ms counts 5 ms.
SLOW = Parameter("real_time_factor", value=0.05)


@pytest.fixture
def safety(graph, robot_args):
    def make(*overrides):
        from vla_ros.nodes.safety_node import SafetyNode

        return graph.add(
            SafetyNode(
                context=graph.context,
                cli_args=robot_args,
                parameter_overrides=[SIM_TIME, *overrides],
            )
        )

    return make


@pytest.fixture
def operator(graph, simulator, until):
    simulator.set_parameters([REAL_TIME])
    made = Operator(graph.node("operator", parameter_overrides=[SIM_TIME]))
    assert until(lambda: made.joints)
    return made


def test_nothing_is_sent_before_arming(operator, safety, until):
    safety()
    operator.move_to(dx=0.1)
    assert until(lambda: operator.status("DISARMED"))
    seen = len(operator.joints)
    assert until(lambda: len(operator.joints) > seen + 50)
    assert operator.speed < 1e-2 and not operator.sent


def test_armed_it_follows_requests_within_the_speed(operator, safety, until):
    safety()
    operator.arm(until)
    operator.move_to(dx=0.1, dz=-0.1)
    assert until(lambda: operator.status("OK"))
    assert until(lambda: operator.speed > 0.05)
    assert until(lambda: operator.speed < 1e-2)
    assert operator.sent


def test_no_workspace_no_arming(graph, operator, until, tmp_path):
    from vla_ros.graph import robot_file
    from vla_ros.nodes.safety_node import SafetyNode

    lines = robot_file("default").read_text().splitlines()
    bare = tmp_path / "bare.yaml"
    bare.write_text("\n".join(line for line in lines if "workspace_" not in line))
    graph.add(
        SafetyNode(
            context=graph.context,
            cli_args=["--ros-args", "--params-file", str(bare)],
            parameter_overrides=[SIM_TIME],
        )
    )
    assert until(lambda: operator.gate is not None)
    answer = operator.call(until, "arm")
    assert not answer.success and "workspace" in answer.message


STOPS = [
    ("stop", Empty, Empty(), "STOPPED"),
    ("instruction", String, String(data="please STOP!"), "STOPPED"),
    ("e_stop", Bool, Bool(data=True), "ESTOPPED"),
]


@pytest.mark.parametrize(("topic", "kind", "msg", "status"), STOPS)
def test_every_stop_rests_the_arm_within_100_ms(
    simulator, operator, safety, until, topic, kind, msg, status
):
    safety()
    operator.arm(until)
    publisher = operator.publisher(kind, topic, until)
    operator.move_to(dx=0.3, dy=0.3, dz=-0.3)
    assert until(lambda: operator.speed > 0.1)
    simulator.set_parameters([SLOW])
    said_ns = operator.joints[-1][0]
    publisher.publish(msg)
    assert until(lambda: operator.joints[-1][0] > said_ns + 200 * MS)
    rested_ns = rest_ns(((at, np.abs(v).max()) for at, v in operator.joints), said_ns)
    assert rested_ns is not None and rested_ns <= 100 * MS
    # Requests go on, and are not followed.
    simulator.set_parameters([REAL_TIME])
    assert until(lambda: operator.status(status))
    assert until(lambda: operator.joints[-1][0] > said_ns + 500 * MS)
    assert operator.speed < 1e-2
    if status == "ESTOPPED":
        assert not operator.call(until, "arm").success
        assert operator.call(until, "reset").success
    operator.T_wanted = None
    operator.arm(until)


def test_other_words_do_not_stop(operator, safety, until):
    safety()
    operator.arm(until)
    talker = operator.publisher(String, "instruction", until)
    talker.publish(String(data="pick up the stop sign"))
    operator.move_to(dx=0.05)
    assert until(lambda: operator.status("OK"))


def test_it_holds_when_requests_end_go_wrong_or_age(operator, safety, until):
    safety()
    operator.arm(until)
    operator.move_to(dx=0.05)
    assert until(lambda: operator.status("OK"))
    operator.T_wanted = None
    assert until(lambda: operator.status("HOLDING"))
    operator.move_to(dx=0.05)
    assert until(lambda: operator.status("OK"))
    operator.frame = "front_camera_optical_frame"
    assert until(lambda: operator.status("REFUSED"))
    assert "front_camera" in operator.gate.reason
    operator.frame = "base_link"
    assert until(lambda: operator.status("OK"))
    operator.T_wanted = np.full((4, 4), np.nan)
    operator.T_wanted[:3, :3] = np.eye(3)
    assert until(lambda: operator.status("HOLDING") or operator.status("REFUSED"))
    operator.move_to(dx=0.05)
    assert until(lambda: operator.status("OK"))
    operator.stamped_ns = operator.joints[-1][0]
    assert until(lambda: not operator.status("OK"))


def test_nan_joint_states_hold_the_arm(graph, safety, until):
    """No simulator here: the test is the robot, and goes mad."""
    safety(Parameter("use_sim_time", value=False))
    robot = graph.node("robot")
    operator = Operator(graph.node("operator"))
    talker = robot.create_publisher(JointState, "joint_states", qos.STATE)
    home = [0.0, -0.8073, 0.0, -2.3693, 0.0, 1.5620, 0.7854]
    state = {"positions": home}

    def report():
        msg = JointState(name=[*(f"arm_joint_{i}" for i in range(1, 8)), "finger_joint_left"])
        msg.position = [*state["positions"], 0.04]
        msg.velocity = [0.0] * 8
        msg.header.stamp = robot.get_clock().now().to_msg()
        talker.publish(msg)

    robot.create_timer(0.01, report)
    assert until(lambda: operator.joints and operator.gate is not None)
    operator.arm(until)
    # Where it is: a robot that doesn't follow would be held for another reason.
    operator.move_to()
    assert until(lambda: operator.status("OK"))
    state["positions"] = [float("nan")] * 7
    assert until(lambda: operator.status("HOLDING"))
    state["positions"] = home
    assert until(lambda: operator.status("OK"))


def test_dry_run_reports_and_sends_nothing(operator, safety, until):
    safety(Parameter("dry_run", value=True))
    operator.arm(until)
    operator.move_to(dx=0.02)
    assert until(lambda: operator.gate is not None and operator.gate.armed)
    seen = len(operator.joints)
    assert until(lambda: len(operator.joints) > seen + 50)
    assert not operator.sent and operator.speed < 1e-2


def test_limits_change_live_and_wrong_ones_are_refused(operator, safety, until):
    node = safety()
    slow = node.set_parameters_atomically([Parameter("max_tool_speed_m_s", value=0.05)])
    assert slow.successful
    wrong = node.set_parameters_atomically([Parameter("max_joint_speed_rad_s", value=[1.0, 2.0])])
    assert not wrong.successful and "joints" in wrong.reason
    nan = node.set_parameters_atomically([Parameter("max_tool_speed_m_s", value=float("nan"))])
    assert not nan.successful


def test_shutting_down_brings_the_arm_to_rest(operator, safety, until):
    node = safety()
    operator.arm(until)
    operator.move_to(dx=0.3, dy=0.3, dz=-0.3)
    assert until(lambda: operator.speed > 0.1)
    node.close()
    assert until(lambda: operator.status("STOPPED"))
    assert until(lambda: operator.speed < 1e-2)
