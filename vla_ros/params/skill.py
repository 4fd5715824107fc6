"""How skills move."""

from __future__ import annotations

from dataclasses import dataclass

from vla_ros.params.checked import CheckedParams, param


@dataclass(frozen=True)
class SkillParams(CheckedParams):
    """How the scripted skills move, grasp and place."""

    tool_speed_m_s: float = param(
        "speed of free motion", unit="m/s", low=0.01, high=1.0, default=0.22
    )
    careful_speed_m_s: float = param(
        "speed near things: descending, grasping, placing, pushing",
        unit="m/s",
        low=0.005,
        high=0.5,
        default=0.12,
    )
    tool_acceleration_m_s2: float = param(
        "peak acceleration of free motion", unit="m/s^2", low=0.05, high=5.0, default=0.8
    )
    tool_jerk_m_s3: float = param(
        "peak jerk of free motion", unit="m/s^3", low=0.5, high=100.0, default=10.0
    )
    turn_speed_rad_s: float = param(
        "speed of turning the tool", unit="rad/s", low=0.05, high=3.0, default=1.0
    )
    turn_acceleration_rad_s2: float = param(
        "peak acceleration of turning the tool", unit="rad/s^2", low=0.1, high=20.0, default=4.0
    )
    turn_jerk_rad_s3: float = param(
        "peak jerk of turning the tool", unit="rad/s^3", low=1.0, high=400.0, default=40.0
    )
    period_s: float = param(
        "time between rows of a chunk", unit="s", low=0.005, high=0.2, default=0.02
    )
    chunk_s: float = param(
        "longest time a chunk lasts before the robot is looked at again",
        unit="s",
        low=0.1,
        high=5.0,
        default=0.4,
    )
    position_tolerance_m: float = param(
        "how near the tool must be to have arrived", unit="m", low=0.001, high=0.05, default=0.008
    )
    rotation_tolerance_rad: float = param(
        "how well the tool must be turned to have arrived",
        unit="rad",
        low=0.005,
        high=0.5,
        default=0.08,
    )
    arrival_timeout_s: float = param(
        "how long the tool may stand still short of its goal",
        unit="s",
        low=0.2,
        high=20.0,
        default=1.5,
    )
    motion_timeout_s: float = param(
        "how long after its planned end a motion may still be under way",
        unit="s",
        low=1.0,
        high=60.0,
        default=8.0,
    )
    grip_timeout_s: float = param(
        "how long the gripper may take to come to rest", unit="s", low=0.2, high=10.0, default=2.0
    )
    approach_height_m: float = param(
        "how far above a grasp the tool comes in", unit="m", low=0.02, high=0.3, default=0.09
    )
    lift_height_m: float = param(
        "how far a picked thing is lifted", unit="m", low=0.02, high=0.4, default=0.12
    )
    clearance_m: float = param(
        "free height kept above obstacles in transport", unit="m", low=0.005, high=0.2, default=0.04
    )
    release_height_m: float = param(
        "how far above its support a held thing is let go",
        unit="m",
        low=0.0,
        high=0.05,
        default=0.004,
    )
    placing_gap_m: float = param(
        "gap left between a placed thing and its neighbours",
        unit="m",
        low=0.0,
        high=0.2,
        default=0.025,
    )
    push_distance_m: float = param(
        "how far a push moves a thing", unit="m", low=0.02, high=0.3, default=0.09
    )
    drawer_travel_m: float = param(
        "how far a drawer is pulled", unit="m", low=0.02, high=0.4, default=0.1
    )
    held_width_m: float = param(
        "a gripper that closes further than this holds nothing",
        unit="m",
        low=0.0002,
        high=0.05,
        default=0.0015,
    )
    finger_thickness_m: float = param(
        "size of a finger along the closing direction",
        unit="m",
        low=0.003,
        high=0.05,
        default=0.014,
    )
    finger_width_m: float = param(
        "size of a finger across the closing direction",
        unit="m",
        low=0.003,
        high=0.08,
        default=0.022,
    )
    hand_length_m: float = param(
        "size of the hand along the closing direction", unit="m", low=0.03, high=0.5, default=0.17
    )
    hand_width_m: float = param(
        "size of the hand across the closing direction", unit="m", low=0.02, high=0.3, default=0.07
    )
    hand_height_m: float = param(
        "height of the hand's underside above the grasp's centre",
        unit="m",
        low=0.01,
        high=0.3,
        default=0.065,
    )
    wrist_reach_m: float = param(
        "how far what is mounted on the hand (a camera) reaches along the tool's x; 0 for nothing",
        unit="m",
        low=0.0,
        high=0.3,
        default=0.105,
    )
    wrist_height_m: float = param(
        "height of its underside above the grasp's centre",
        unit="m",
        low=0.01,
        high=0.3,
        default=0.075,
    )
    work_area_m: tuple[float, ...] = param(
        "where things are grasped and placed on the table: x min, y min, x max, y max in the base "
        "frame",
        unit="m",
        low=-3.0,
        high=3.0,
        default=(0.22, -0.42, 0.74, 0.42),
    )
    ceiling_m: float = param("highest the tool goes", unit="m", low=0.1, high=2.0, default=0.45)
