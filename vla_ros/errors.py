"""Every error this package raises on purpose; each message says the value and the remedy."""

from __future__ import annotations

from enum import Enum


class TerminationReason(Enum):
    """Why an instruction ended; the values are those of ExecuteInstruction.action."""

    SUCCEEDED = 0
    REFUSED = 1
    NOT_FOUND = 2
    AMBIGUOUS = 3
    GRASP_FAILED = 4
    DROPPED = 5
    PLACE_FAILED = 6
    UNREACHABLE = 7
    STOPPED = 8
    CANCELED = 9
    ESTOPPED = 10
    CAMERA_STALE = 11
    NO_DEPTH = 12
    JOINT_STATES_STALE = 13
    CONTROLLER_NOT_MOVING = 14
    SAFETY_REFUSED = 15
    MODEL_ERROR = 16
    TIMED_OUT = 17
    BUSY = 18
    VERIFICATION_FAILED = 19
    INTERNAL_ERROR = 20


class VlaRosError(Exception):
    """Root of the package's errors."""


class ConfigError(VlaRosError):
    """A parameter, robot file or model folder is missing or wrong."""


class SpecMismatch(VlaRosError):
    """Two parts that were wired together disagree about what a column means."""


class GroundingError(VlaRosError):
    """A phrase, box or depth could not be turned into a place in the world."""


class NoDepthError(GroundingError):
    """The depth is missing, in a wrong unit or in a wrong encoding."""


class ModelError(VlaRosError):
    """A model could not be loaded or its output is not in the format it promised."""


class SafetyError(VlaRosError):
    """The gate cannot be armed, or was asked for something it never does."""


class KinematicsError(VlaRosError):
    """A pose cannot be reached, or a robot description does not fit its parameters."""


class MessageError(VlaRosError):
    """A message cannot be read: its encoding, size, names or numbers are not what it promises."""


class TransformError(VlaRosError):
    """Where a frame was at a time is not known: no such frame, no connection, or no such time."""


class SimulationError(VlaRosError):
    """A scene could not be built or the simulator left its domain."""


class SpeechError(VlaRosError):
    """Sound cannot be read, recorded, recognised or spoken."""


class TaskFailed(VlaRosError):
    """An instruction ended early; carries the reason and a sentence for people."""

    def __init__(self, reason: TerminationReason, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
