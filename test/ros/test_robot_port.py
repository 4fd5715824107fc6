"""What the task node knows of its robot, and how long it waits to know it."""

import threading

import numpy as np
import pytest
from rclpy.parameter import Parameter
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import JointState

from vla_ros.control.arm_kinematics import ArmKinematics
from vla_ros.errors import TaskFailed, TerminationReason
from vla_ros.params import TaskParams
from vla_ros.ros import patience, qos, robot_port
from vla_ros.ros.diagnostics import Diagnostics
from vla_ros.ros.robot_port import RosRobot
from vla_ros.ros.stamps import time_msg
from vla_ros.sim.arm import FINGER_JOINTS, simulated_robot, urdf_path


@pytest.fixture
def port(graph):
    port = port_of(graph.node("task"))
    yield port
    port.close()


def port_of(node):
    robot = simulated_robot()
    kinematics = ArmKinematics(
        urdf_path().read_text(encoding="utf-8"),
        robot.joint_names,
        robot.tool_frame,
        base_frame=robot.base_frame,
        home_rad=robot.home_rad,
    )
    return RosRobot(node, robot, kinematics, TaskParams(), Diagnostics(node, "robot"))


@pytest.fixture
def driver(graph, until, port):
    """Publishes a present joint state each time it is called."""
    node, robot = graph.node("driver"), simulated_robot()
    publisher = node.create_publisher(JointState, "joint_states", qos.STATE)
    assert until(lambda: publisher.get_subscription_count() == 1)

    def publish():
        msg = JointState(
            name=[*robot.joint_names, *FINGER_JOINTS],
            position=[*robot.home_rad, 0.0, 0.0],
            velocity=[0.0] * (len(robot.joint_names) + len(FINGER_JOINTS)),
        )
        msg.header.stamp = time_msg(node.get_clock().now().nanoseconds)
        publisher.publish(msg)

    return publish


class Asking:
    """Asks for the robot's state on a thread of its own."""

    def __init__(self, port):
        self.answer = None
        self._port = port
        self._thread = threading.Thread(target=self._ask, daemon=True)
        self._thread.start()

    def _ask(self):
        try:
            self.answer = self._port.observe()
        except TaskFailed as failed:
            self.answer = failed

    def ends(self, within_s):
        self._thread.join(within_s)
        return not self._thread.is_alive()


def test_a_node_that_was_just_started_waits_for_its_first_joint_state(
    driver, until, port, monkeypatch
):
    monkeypatch.setattr(robot_port, "_FIRST_STATE_S", 1e6)
    asking = Asking(port)
    # Longer than a state may be old.
    assert not asking.ends(2.0 * TaskParams().joint_states_timeout_s)

    def answered():
        driver()
        return asking.ends(0.1)

    assert until(answered)
    home_rad = simulated_robot().home_rad
    np.testing.assert_allclose(asking.answer.robot.joint_positions_rad, home_rad)


def test_a_driver_that_has_fallen_silent_is_not_waited_for_as_for_the_first_state(
    driver, until, port, monkeypatch
):
    def heard():
        driver()
        asking = Asking(port)
        return asking.ends(30.0) and not isinstance(asking.answer, TaskFailed)

    assert until(heard)
    monkeypatch.setattr(robot_port, "_FIRST_STATE_S", 1e6)
    asking = Asking(port)
    while asking.ends(30.0) and not isinstance(asking.answer, TaskFailed):
        asking = Asking(port)
    assert asking.ends(0.0)
    assert asking.answer.reason is TerminationReason.JOINT_STATES_STALE


def test_a_node_that_was_just_started_waits_until_it_knows_the_time(graph, until):
    node = graph.node("task", parameter_overrides=[Parameter("use_sim_time", value=True)])
    port = port_of(node)
    waiting = threading.Thread(target=port.await_time, daemon=True)
    waiting.start()
    waiting.join(0.3)
    assert waiting.is_alive()
    clock = graph.node("simulator").create_publisher(Clock, "/clock", 10)

    def knows():
        clock.publish(Clock(clock=time_msg(100_000_000_000)))
        return not waiting.is_alive()

    assert until(knows)
    assert port.now_ns() == 100_000_000_000
    port.close()


def test_where_no_simulated_time_comes_an_instruction_ends(graph, monkeypatch):
    monkeypatch.setattr(patience, "STANDSTILL_S", 0.1)
    node = graph.node("task", parameter_overrides=[Parameter("use_sim_time", value=True)])
    port = port_of(node)
    with pytest.raises(TaskFailed, match="is the simulator running") as failed:
        port.await_time()
    assert failed.value.reason is TerminationReason.JOINT_STATES_STALE
    port.cancel(TerminationReason.CANCELED)
    with pytest.raises(TaskFailed) as failed:
        port.await_time()
    assert failed.value.reason is TerminationReason.CANCELED
    port.close()
