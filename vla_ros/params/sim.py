"""The embedded simulator."""

from __future__ import annotations

from dataclasses import dataclass

from vla_ros.params.checked import CheckedParams, param


@dataclass(frozen=True)
class SimParams(CheckedParams):
    """The embedded simulator: its scene, its pace and what it publishes."""

    seed: int = param("seed of the first scene", low=0, live=False, default=1)
    required_kinds: tuple[str, ...] = param(
        "kinds of object that must be in the first scene", live=False, default=()
    )
    required_colors: tuple[str, ...] = param(
        "their colours, '' for any; as many as required_kinds", live=False, default=()
    )
    viewer: bool = param("show the world in a window", live=False, default=False)
    real_time_factor: float = param(
        "most simulated seconds a second, 0 for as fast as it goes; while trajectories are "
        "streamed to the arm's topic, time waits for the next one, at most 0.3 s",
        low=0.0,
        high=100.0,
        default=1.0,
    )
    control_rate_hz: float = param(
        "how often the controllers aim the motors",
        unit="Hz",
        low=50.0,
        high=500.0,
        live=False,
        default=500.0,
    )
    state_rate_hz: float = param(
        "rate of joint_states and /clock",
        unit="Hz",
        low=10.0,
        high=500.0,
        live=False,
        default=100.0,
    )
    tf_rate_hz: float = param(
        "rate of /tf", unit="Hz", low=1.0, high=500.0, live=False, default=25.0
    )
    camera_rate_hz: float = param(
        "pictures a second of each camera that somebody listens to",
        unit="Hz",
        low=0.1,
        high=60.0,
        live=False,
        default=10.0,
    )
    image_width: int = param(
        "width of the pictures", unit="px", low=32, high=1280, live=False, default=320
    )
    image_height: int = param(
        "height of the pictures", unit="px", low=24, high=960, live=False, default=240
    )
    depth_encoding: str = param(
        "16UC1 (millimetres, 0 for none) or 32FC1 (metres, NaN for none)",
        choices=("16UC1", "32FC1"),
        default="16UC1",
    )
    jpeg_quality: int = param("quality of the compressed pictures", low=1, high=100, default=85)
    truth_rate_hz: float = param(
        "rate of ground_truth/scene, which only scoring may read",
        unit="Hz",
        low=0.1,
        high=100.0,
        live=False,
        default=10.0,
    )
    arm_command_topic: str = param("topic on which the arm takes trajectories", live=False)
    gripper_interface: str = param(
        "the gripper's action: gripper_command or parallel_gripper_command",
        choices=("gripper_command", "parallel_gripper_command", "none"),
        live=False,
    )
    gripper_action: str = param("name of the gripper's action", live=False)
