"""What the columns of an action mean; compared when parts are wired together."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from vla_ros.errors import SpecMismatch


class Representation(Enum):
    """How a pose is written in an action row."""

    ABSOLUTE = "absolute pose of the tool"
    DELTA = "pose relative to the tool's present pose"


class RotationFormat(Enum):
    """How a rotation is written; the value gives its name, `width` its number of columns."""

    QUATERNION_XYZW = "quaternion x y z w"
    ROTATION_VECTOR = "rotation vector [rad]"

    @property
    def width(self) -> int:
        """Number of columns."""
        return 4 if self is RotationFormat.QUATERNION_XYZW else 3


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """Columns: position x y z [m], the rotation, then the gripper opening (0 closed, 1 open).

    Attributes:
        representation: Absolute or relative.
        rotation: Format of the rotation columns.
        frame: The frame the pose is written in.
    """

    representation: Representation
    rotation: RotationFormat
    frame: str

    @property
    def width(self) -> int:
        """Number of columns of an action row."""
        return 4 + self.rotation.width


def require_same(produced: ActionSpec, accepted: ActionSpec) -> None:
    """Raise SpecMismatch, naming both sides, unless they are equal."""
    if produced != accepted:
        raise SpecMismatch(
            f"the action head produces {produced}\nbut the player accepts  {accepted}\n"
            "choose a head with the same convention or convert between them"
        )
