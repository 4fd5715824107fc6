"""Every fault, with what makes its handling right."""

from __future__ import annotations

import re
from dataclasses import dataclass

from vla_ros.errors import ConfigError
from vla_ros.evaluation.faults.link import Cut


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that breaks.

    Attributes:
        name: Its name, also that of the suite's task.
        description: What happens, for people.
        words: Patterns; whatever fits one of them, in what is said of it, names it.
        holds: Whether the safety gate must bring the arm to rest by itself. Where it need not (a
            camera fails while the arm follows what it saw before), the arm must be at rest once
            the instruction has ended.
        misses_requests: What the gate misses then are requests, not joint states: it waits longer.
        in_process: Whether it can happen without ROS.
        cut: How it cuts the network to the model's server; None where it does not.
    """

    name: str
    description: str
    words: tuple[str, ...]
    holds: bool = False
    misses_requests: bool = False
    in_process: bool = True
    cut: Cut | None = None

    def is_named_in(self, said: str) -> bool:
        """Return whether a sentence names it."""
        return any(re.search(pattern, said, re.IGNORECASE) for pattern in self.words)


_NO_PICTURE = r"\bno usable picture\b"
_STOPPED_STREAM = r"\bthe stream has stopped\b"
_JOINT_STATE = r"\bjoint state\b"
_CLOCK = (r"\bclocks?\b", r"\bin the future\b", r"\bjoint state is [\d.]+ s old\b")
_LEFT_ALONE = r"\bserver\b.*\bis left alone\b"

_ALL = (
    Fault("camera_stops", "no more pictures come", (_NO_PICTURE, _STOPPED_STREAM)),
    Fault("camera_lags", "pictures come one second late", (_NO_PICTURE, r"\btoo old\b")),
    Fault("camera_black", "pictures are black", (r"\bis black\b",)),
    Fault(
        "camera_upside_down",
        "pictures and depth are turned by half a turn",
        (r"\bwas it turned\b",),
    ),
    Fault(
        "depth_wrong_unit", "depth is a thousand times too large", (r"\bunit\b", r"\bmillimetres\b")
    ),
    Fault("depth_nan", "every depth is NaN", (r"\bevery depth pixel\b",)),
    Fault(
        "picture_wrong_shape",
        "pictures are half as wide and high",
        (r"\bdepth is \(\d+, \d+\)", r"\bcamera_info is for\b"),
    ),
    Fault("joint_states_stop", "no more joint states come", (_JOINT_STATE,), holds=True),
    Fault("joint_states_nan", "joint states are NaN", (r"\bnan\b",), holds=True),
    Fault("joint_states_wrong_shape", "joint states lack a joint", (_JOINT_STATE,), holds=True),
    Fault("controller_stops", "the arm obeys no more", (r"\bcontroller\b",), holds=True),
    Fault("clock_jumps_ahead", "the clock jumps 3 s ahead", _CLOCK),
    Fault("clock_jumps_back", "the clock jumps 3 s back", _CLOCK),
    Fault("grounder_killed", "the grounding node is killed", (r"\bis stale\b",), in_process=False),
    Fault(
        "task_killed",
        "the task node is killed",
        (r"\bended while the arm moved\b", r"\bis stale\b"),
        holds=True,
        misses_requests=True,
        in_process=False,
    ),
    Fault(
        "flood",
        "empty messages on every topic, 30 a second",
        (r"\ban image of 0x0\b", r"\brequest\b", r"\bjoint state\b", r"\bno stamp\b"),
        in_process=False,
    ),
    Fault(
        "network_refused",
        "the model's server: connections are reset and refused",
        (r"\bserver\b.*\bcannot be reached\b", _LEFT_ALONE),
        cut=Cut.REFUSED,
    ),
    Fault(
        "network_silent",
        "the model's server: packets to and from it vanish",
        (r"\bserver\b.*\bdid not reply\b", _LEFT_ALONE),
        cut=Cut.SILENT,
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
