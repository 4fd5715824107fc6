"""The topics and actions of ros2_control's arm and gripper controllers, in front of a simulator."""

from __future__ import annotations

from typing import Any

import numpy as np
from control_msgs.action import FollowJointTrajectory, GripperCommand, ParallelGripperCommand
from rclpy.action.server import ActionServer, CancelResponse, GoalResponse, ServerGoalHandle
from rclpy.callback_groups import CallbackGroup, ReentrantCallbackGroup
from rclpy.node import Node
from sensor_msgs.msg import JointState
from trajectory_msgs.msg import JointTrajectory

from vla_ros.params import RobotParams
from vla_ros.ros import qos
from vla_ros.ros.askers import once_heard
from vla_ros.ros.joints import gripper_position, waypoints_from_msg
from vla_ros.ros.stamps import stamp_ns
from vla_ros.sim.controllers import ErrorCode, Progress, Refused, Tolerances
from vla_ros.sim.driver import SimulatedDriver

_TICK_TIMEOUT_S = 1.0
_OF_BEFORE = "it was sent before the scene was built anew"
_ENDING = "the simulator is ending"


class ArmServer:
    """JointTrajectory by topic and FollowJointTrajectory by action; the newest of both counts."""

    def __init__(
        self, node: Node, driver: SimulatedDriver, topic: str, listening: CallbackGroup
    ) -> None:
        """Serve a topic, heard in a callback group, and the action follow_joint_trajectory."""
        self._log = node.get_logger()
        self._driver = driver
        self._generation = 0
        node.create_subscription(
            JointTrajectory, topic, self._on_trajectory, qos.REQUEST, callback_group=listening
        )
        name = f"{topic.rpartition('/')[0]}/follow_joint_trajectory".lstrip("/")
        self._server = ActionServer(
            node,
            FollowJointTrajectory,
            name,
            self._execute,
            goal_callback=once_heard(node, name, self._judge),
            cancel_callback=lambda _: CancelResponse.ACCEPT,
            callback_group=ReentrantCallbackGroup(),
        )

    def _on_trajectory(self, msg: JointTrajectory) -> None:
        with self._driver.lock:
            if self._driver.is_new:
                self._log.debug(f"trajectory dropped: {_OF_BEFORE}")
                return
            if not msg.points:
                self._hold()
                return
            try:
                self._driver.stream(waypoints_from_msg(msg))
            except Refused as refusal:
                self._log.error(f"trajectory refused ({refusal.code.name}): {refusal.message}")
                return
            self._generation += 1

    def _hold(self) -> None:
        """Stop the arm where it is meant to be now: from there it has the least way to go."""
        self._driver.arm.hold(self._driver.arm.desired(self._driver.now_ns)[0])
        self._generation += 1

    def _judge(self, goal: FollowJointTrajectory.Goal) -> GoalResponse:
        with self._driver.lock:
            if self._driver.is_new:
                self._log.warning(f"goal refused: {_OF_BEFORE}")
                return GoalResponse.REJECT
            try:
                waypoints = waypoints_from_msg(goal.trajectory)
                self._driver.arm.validate(waypoints, self._driver.now_ns)
            except Refused as refusal:
                self._log.error(f"goal refused ({refusal.code.name}): {refusal.message}")
                return GoalResponse.REJECT
        return GoalResponse.ACCEPT

    def _execute(self, handle: ServerGoalHandle) -> FollowJointTrajectory.Result:
        driver, goal = self._driver, handle.request
        tolerances = _tolerances(goal, driver.arm.joint_names)
        with driver.lock:
            try:
                end_ns = driver.arm.accept(waypoints_from_msg(goal.trajectory), driver.now_ns)
            except Refused as refusal:
                handle.abort()
                return _arm_result(refusal.code, refusal.message)
            self._generation += 1
            mine, arm = self._generation, driver.arm
            while True:
                driver.lock.wait(_TICK_TIMEOUT_S)
                if driver.ended or driver.arm is not arm:
                    handle.abort()
                    reason = _ENDING if driver.ended else _OF_BEFORE
                    return _arm_result(ErrorCode.INVALID_GOAL, reason)
                if self._generation != mine:
                    handle.abort()
                    return _arm_result(ErrorCode.SUCCESSFUL, "replaced by a newer trajectory")
                if handle.is_cancel_requested:
                    self._hold()
                    handle.canceled()
                    return _arm_result(ErrorCode.SUCCESSFUL, "canceled")
                state = driver.state()
                progress, code, message = driver.arm.progress(
                    state.joint_positions_rad, tolerances, end_ns, driver.now_ns
                )
                self._report(handle, state.joint_positions_rad)
                if progress is Progress.FAILED:
                    self._hold()
                    handle.abort()
                    return _arm_result(code, message)
                if progress is Progress.DONE:
                    handle.succeed()
                    return _arm_result(code, message)

    def _report(self, handle: ServerGoalHandle, measured_rad: np.ndarray) -> None:
        desired_rad = self._driver.arm.desired(self._driver.now_ns)[0]
        feedback = FollowJointTrajectory.Feedback(joint_names=list(self._driver.arm.joint_names))
        feedback.desired.positions = desired_rad.tolist()
        feedback.actual.positions = measured_rad.tolist()
        feedback.error.positions = (desired_rad - measured_rad).tolist()
        handle.publish_feedback(feedback)


class GripperServer:
    """GripperCommand or ParallelGripperCommand by action; the newest goal counts."""

    def __init__(
        self, node: Node, driver: SimulatedDriver, robot: RobotParams, interface: str, name: str
    ) -> None:
        """Serve the action of the named interface; for "none" nothing."""
        self._log = node.get_logger()
        self._driver = driver
        self._robot = robot
        self._parallel = interface == "parallel_gripper_command"
        self._generation = 0
        if interface == "none":
            return
        self._server = ActionServer(
            node,
            ParallelGripperCommand if self._parallel else GripperCommand,
            name,
            self._execute,
            goal_callback=once_heard(node, name, self._judge),
            cancel_callback=lambda _: CancelResponse.ACCEPT,
            callback_group=ReentrantCallbackGroup(),
        )

    def _wanted(self, goal: Any) -> float:
        """Return the position asked for; NaN where the goal names another joint."""
        if not self._parallel:
            return float(goal.command.position)
        wanted = dict(zip(goal.command.name, goal.command.position, strict=False))
        return float(wanted.get(self._robot.gripper_joint, np.nan))

    def _judge(self, goal: Any) -> GoalResponse:
        wanted = self._wanted(goal)
        if self._driver.is_new:
            self._log.warning(f"gripper goal refused: {_OF_BEFORE}")
            return GoalResponse.REJECT
        if np.isfinite(wanted):
            return GoalResponse.ACCEPT
        self._log.error(f"gripper goal refused: {self._robot.gripper_joint} to {wanted}")
        return GoalResponse.REJECT

    def _execute(self, handle: ServerGoalHandle) -> Any:
        driver = self._driver
        with driver.lock:
            driver.gripper.accept(self._wanted(handle.request), driver.now_ns)
            self._generation += 1
            mine, gripper, before_ns = self._generation, driver.gripper, driver.now_ns
            before = gripper_position(driver.state().gripper_opening, self._robot)
            while True:
                driver.lock.wait(_TICK_TIMEOUT_S)
                now_ns = driver.now_ns
                position = gripper_position(driver.state().gripper_opening, self._robot)
                velocity = (position - before) / max(1e-3, (now_ns - before_ns) * 1e-9)
                before, before_ns = position, now_ns
                reached, stalled = driver.gripper.progress(position, velocity, now_ns)
                replaced = self._generation != mine or driver.gripper is not gripper
                if driver.ended or replaced:
                    handle.abort()
                elif handle.is_cancel_requested:
                    driver.gripper.accept(position, now_ns)
                    handle.canceled()
                elif reached or stalled:
                    handle.succeed()
                else:
                    continue
                return self._result(position, stalled, reached)

    def _result(self, position: float, stalled: bool, reached: bool) -> Any:
        if self._parallel:
            state = JointState(name=[self._robot.gripper_joint], position=[position])
            return ParallelGripperCommand.Result(state=state, stalled=stalled, reached_goal=reached)
        return GripperCommand.Result(position=position, stalled=stalled, reached_goal=reached)


def _arm_result(code: ErrorCode, message: str) -> FollowJointTrajectory.Result:
    return FollowJointTrajectory.Result(error_code=int(code), error_string=message)


def _tolerances(goal: FollowJointTrajectory.Goal, names: tuple[str, ...]) -> Tolerances:
    def limits(items: list[Any]) -> np.ndarray | None:
        by_name = {item.name: item.position for item in items if item.position > 0.0}
        return np.array([by_name.get(name, np.inf) for name in names]) if by_name else None

    return Tolerances(
        limits(goal.path_tolerance),
        limits(goal.goal_tolerance),
        stamp_ns(goal.goal_time_tolerance),
    )
