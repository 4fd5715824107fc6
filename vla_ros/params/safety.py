"""What the safety gate allows."""

from __future__ import annotations

from dataclasses import dataclass

from vla_ros.params.checked import CheckedParams, param


@dataclass(frozen=True)
class SafetyParams(CheckedParams):
    """What the safety gate allows, how it reaches the controller, and when it stops waiting.

    What is listed as one value or one per joint takes either; an empty list takes the URDF's.
    """

    command_interface: str = param(
        "what the arm's controller takes: joint_trajectory (JointTrajectory), pose (PoseStamped, "
        "Cartesian controllers) or twist (TwistStamped, MoveIt Servo)",
        choices=("joint_trajectory", "pose", "twist"),
        live=False,
    )
    arm_command_topic: str = param("topic the arm's controller listens to", live=False)
    gripper_interface: str = param(
        "what the gripper takes: the actions GripperCommand or ParallelGripperCommand, or none",
        choices=("gripper_command", "parallel_gripper_command", "none"),
        live=False,
    )
    gripper_action: str = param("name of the gripper's action", live=False)
    gripper_max_effort: float = param(
        "force or torque the gripper may close with, in its controller's unit; 0 for its own limit",
        low=0.0,
        high=500.0,
        default=0.0,
    )
    dry_run: bool = param("compute and report everything, send nothing", default=False)
    control_rate_hz: float = param(
        "ticks of the gate a second", unit="Hz", low=20.0, high=1000.0, live=False, default=100.0
    )
    realtime_priority: int = param(
        "real-time priority (SCHED_FIFO) of the gate's process, where the system grants it and "
        "time is not simulated; keep it below the controllers' (ros2_control has 50); 0 for none",
        low=0,
        high=98,
        live=False,
        default=40,
    )
    trajectory_lead_s: float = param(
        "time a trajectory gives the arm to its first point: more than a tick bridges late ticks, "
        "and delays the arm by as much",
        unit="s",
        low=0.002,
        high=0.2,
        default=0.015,
    )

    workspace_min_m: tuple[float, ...] = param(
        "lowest x, y, z of the tool in the base frame; empty: the gate can't be armed",
        unit="m",
        low=-5.0,
        high=5.0,
        default=(),
    )
    workspace_max_m: tuple[float, ...] = param(
        "highest x, y, z of the tool in the base frame; empty: the gate can't be armed",
        unit="m",
        low=-5.0,
        high=5.0,
        default=(),
    )
    table_height_m: float = param(
        "height of the table's surface in the base frame; the fingertips stay above it",
        unit="m",
        low=-2.0,
        high=2.0,
    )
    table_clearance_m: float = param(
        "gap that is kept between the fingertips and the table",
        unit="m",
        low=0.0,
        high=0.2,
        default=0.001,
    )
    keep_out_m: tuple[float, ...] = param(
        "boxes in the base frame that the tool must stay out of, six numbers each: x, y, z lowest, "
        "x, y, z highest",
        unit="m",
        low=-5.0,
        high=5.0,
        default=(),
    )

    max_tool_speed_m_s: float = param(
        "speed of the tool", unit="m/s", low=0.005, high=2.0, default=0.1
    )
    max_tool_acceleration_m_s2: float = param(
        "acceleration of the tool", unit="m/s^2", low=0.05, high=20.0, default=0.5
    )
    max_tool_jerk_m_s3: float = param(
        "jerk of the tool in following requests", unit="m/s^3", low=0.5, high=2000.0, default=20.0
    )
    max_tool_turn_speed_rad_s: float = param(
        "turning speed of the tool", unit="rad/s", low=0.02, high=6.3, default=0.5
    )
    max_tool_turn_acceleration_rad_s2: float = param(
        "turning acceleration of the tool", unit="rad/s^2", low=0.1, high=100.0, default=2.5
    )
    max_gripper_speed_1_s: float = param(
        "change of the gripper's opening (0..1) a second; 1000 sends each request at once",
        unit="1/s",
        low=0.05,
        high=1000.0,
        default=2.0,
    )

    joint_lower_rad: tuple[float, ...] = param(
        "lower joint limits where they are tighter than the URDF's, one per joint",
        unit="rad",
        low=-7.0,
        high=7.0,
        default=(),
    )
    joint_upper_rad: tuple[float, ...] = param(
        "upper joint limits where they are tighter than the URDF's, one per joint",
        unit="rad",
        low=-7.0,
        high=7.0,
        default=(),
    )
    joint_margin_rad: float = param(
        "distance kept from every joint limit", unit="rad", low=0.0, high=0.5, default=0.02
    )
    max_joint_speed_rad_s: tuple[float, ...] = param(
        "joint speeds where they are tighter than the URDF's, one value or one per joint",
        unit="rad/s",
        low=0.01,
        high=10.0,
        default=(),
    )
    max_joint_acceleration_rad_s2: tuple[float, ...] = param(
        "joint accelerations in ordinary motion, one value or one per joint",
        unit="rad/s^2",
        low=0.1,
        high=200.0,
    )
    stop_joint_acceleration_rad_s2: tuple[float, ...] = param(
        "joint decelerations in stopping, one value or one per joint; the ordinary ones if lower",
        unit="rad/s^2",
        low=0.1,
        high=200.0,
    )
    stop_time_s: float = param(
        "time in which every joint must be able to stop: joints move no faster than that allows",
        unit="s",
        low=0.01,
        high=0.08,
        default=0.05,
    )

    orientation_weight: float = param(
        "weight of the tool's orientation [1/rad] beside its position [1/m] in inverse kinematics; "
        "small for arms with fewer than six joints",
        low=0.0,
        high=10.0,
        default=0.5,
    )
    posture_time_s: float = param(
        "time constant with which joints that the tool leaves free return to the home posture",
        unit="s",
        low=0.1,
        high=60.0,
        default=2.0,
    )
    unreached_tolerance_m: float = param(
        "how far the arm may be behind what it follows before that is reported",
        unit="m",
        low=0.002,
        high=0.2,
        default=0.02,
    )

    request_timeout_s: float = param(
        "time without a new request after which the arm holds",
        unit="s",
        low=0.02,
        high=5.0,
        default=0.25,
    )
    max_request_age_s: float = param(
        "oldest stamp a request may have when it arrives",
        unit="s",
        low=0.01,
        high=5.0,
        default=0.25,
    )
    max_stamp_ahead_s: float = param(
        "how far in the future a stamp may lie (clocks of two machines differ)",
        unit="s",
        low=0.0,
        high=1.0,
        default=0.02,
    )
    state_timeout_s: float = param(
        "time without a new joint state after which the arm holds",
        unit="s",
        low=0.01,
        high=2.0,
        default=0.15,
    )
    max_tracking_error_rad: float = param(
        "how far a joint may be from where it was sent before the arm is held to be blocked",
        unit="rad",
        low=0.005,
        high=1.0,
        default=0.15,
    )
    max_tracking_error_m: float = param(
        "the same for the tool, where the controller takes poses or twists",
        unit="m",
        low=0.002,
        high=0.5,
        default=0.06,
    )
    twist_gain_1_s: float = param(
        "speed per error for the twist interface", unit="1/s", low=0.5, high=50.0, default=8.0
    )
