"""Every fault, with what makes its handling right."""

from __future__ import annotations

from dataclasses import dataclass

from vla_ros.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that breaks.

    Attributes:
        name: Its name, also that of the suite's task.
        description: What happens, for people.
        words: Any of these, in what is said of it, names it.
        holds: Whether the safety gate must bring the arm to rest by itself. Where it need not (a
            camera fails while the arm follows what it saw before), the arm must be at rest once
            the instruction has ended.
        in_process: Whether it can happen without ROS.
    """

    name: str
    description: str
    words: tuple[str, ...]
    holds: bool = False
    in_process: bool = True


_ALL = (
    Fault("camera_stops", "no more pictures come", ("no usable picture", "picture")),
    Fault("camera_lags", "pictures come one second late", ("no usable picture", "old", "lag")),
    Fault("camera_black", "pictures are black", ("black",)),
    Fault("camera_upside_down", "pictures and depth are turned by half a turn", ("turned",)),
    Fault("depth_wrong_unit", "depth is a thousand times too large", ("unit", "millimetres")),
    Fault("depth_nan", "every depth is NaN", ("every depth pixel", "depth")),
    Fault("picture_wrong_shape", "pictures are half as wide and high", ("px", "bytes", "depth is")),
    Fault("joint_states_stop", "no more joint states come", ("joint state",), holds=True),
    Fault("joint_states_nan", "joint states are NaN", ("nan",), holds=True),
    Fault("joint_states_wrong_shape", "joint states lack a joint", ("joint state",), holds=True),
    Fault("controller_stops", "the arm obeys no more", ("controller",), holds=True),
    Fault("clock_jumps_ahead", "the clock jumps 3 s ahead", ("clock", "old", "late", "future")),
    Fault("clock_jumps_back", "the clock jumps 3 s back", ("clock", "old", "late", "future")),
    Fault("grounder_killed", "the grounding node is killed", ("stale",), in_process=False),
    Fault(
        "task_killed",
        "the task node is killed",
        ("ended while", "stale"),
        holds=True,
        in_process=False,
    ),
    Fault(
        "flood",
        "empty messages on every topic, 30 a second",
        ("image", "picture", "request", "frame"),
        in_process=False,
    ),
)

FAULTS: dict[str, Fault] = {fault.name: fault for fault in _ALL}
"""Every fault by name."""


def fault_named(name: str) -> Fault:
    """Return a fault.

    Raises:
        ConfigError: There is none of this name.
    """
    if name not in FAULTS:
        raise ConfigError(f"no fault '{name}'; there are {sorted(FAULTS)}")
    return FAULTS[name]
