"""Parameter dataclasses as ROS parameters: declared with descriptors, changed atomically."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, Field, fields
from typing import Any, TypeVar, get_type_hints

from rcl_interfaces.msg import (
    FloatingPointRange,
    IntegerRange,
    ParameterDescriptor,
    SetParametersResult,
)
from rclpy.exceptions import ParameterException
from rclpy.node import Node
from rclpy.parameter import Parameter

from vla_ros.errors import ConfigError, VlaRosError
from vla_ros.params import CheckedParams

Kind = TypeVar("Kind", bound=CheckedParams)

_TYPES: Mapping[Any, Parameter.Type] = {
    bool: Parameter.Type.BOOL,
    int: Parameter.Type.INTEGER,
    float: Parameter.Type.DOUBLE,
    str: Parameter.Type.STRING,
    tuple[float, ...]: Parameter.Type.DOUBLE_ARRAY,
    tuple[str, ...]: Parameter.Type.STRING_ARRAY,
}


class NodeParameters:
    """The parameters of a node, as the dataclasses that declare them."""

    def __init__(
        self,
        node: Node,
        kinds: Sequence[type[CheckedParams]],
        on_change: Callable[[], None] = lambda: None,
    ) -> None:
        """Declare every field of the dataclasses and read the values.

        Args:
            node: The node that has them.
            kinds: Dataclasses; a field name that two of them have is one parameter of both.
            on_change: Called when values have changed while the node runs; an error of ours
                that it raises undoes the change.

        Raises:
            ConfigError: A value is missing, or of a wrong type, or out of range.
        """
        self._on_change = on_change
        self._values: dict[type[CheckedParams], CheckedParams] = {}
        for kind in kinds:
            given = _declare(node, kind)
            self._values[kind] = kind.from_mapping(given)
        node.add_on_set_parameters_callback(self._set)

    def get(self, kind: type[Kind]) -> Kind:
        """Return the present values of one dataclass."""
        value = self._values[kind]
        assert isinstance(value, kind)
        return value

    def _set(self, changed: list[Parameter]) -> SetParametersResult:
        """Take all the changes, or none of them and say why."""
        after = dict(self._values)
        try:
            for kind, value in self._values.items():
                names = {field.name for field in fields(kind)}
                changes = {p.name: p.value for p in changed if p.name in names}
                if changes:
                    present = {name: getattr(value, name) for name in names}
                    whole = kind.from_mapping({**present, **changes})
                    after[kind] = value.with_changes({n: getattr(whole, n) for n in changes})
        except ConfigError as error:
            return SetParametersResult(successful=False, reason=str(error))
        before, self._values = self._values, after
        try:
            if after != before:
                self._on_change()
        except VlaRosError as error:
            self._values = before
            return SetParametersResult(successful=False, reason=str(error))
        return SetParametersResult(successful=True)


def descriptor(spec: Field[Any], kind: Any) -> ParameterDescriptor:
    """Return what `ros2 param describe` says of a dataclass field of a type."""
    details = spec.metadata
    unit = f" [{details['unit']}]" if details["unit"] else ""
    limits = details["low"], details["high"]
    result = ParameterDescriptor(
        name=spec.name,
        type=_TYPES[kind].value,
        description=f"{details['description']}{unit}",
        read_only=not details["live"],
        # A whole number in YAML for a float field is welcome; the dataclass checks types.
        dynamic_typing=True,
    )
    if details["choices"]:
        result.additional_constraints = f"one of {', '.join(details['choices'])}"
    elif None not in limits and kind is float:
        bounds = FloatingPointRange(from_value=float(limits[0]), to_value=float(limits[1]))
        result.floating_point_range = [bounds]
    elif None not in limits and kind is int:
        result.integer_range = [IntegerRange(from_value=int(limits[0]), to_value=int(limits[1]))]
    elif limits != (None, None):
        result.additional_constraints = f"each within {list(limits)}"
    return result


def _declare(node: Node, kind: type[CheckedParams]) -> dict[str, Any]:
    """Declare the fields of a dataclass; return the values that were given."""
    hints = get_type_hints(kind)
    given: dict[str, Any] = {}
    for spec in fields(kind):
        described = descriptor(spec, hints[spec.name])
        if node.has_parameter(spec.name):
            given[spec.name] = node.get_parameter(spec.name).value
            continue
        default = None if spec.default is MISSING else spec.default
        try:
            given[spec.name] = node.declare_parameter(spec.name, default, described).value
        except ParameterException as error:
            raise ConfigError(f"'{spec.name}': {error}") from error
    return {name: value for name, value in given.items() if value is not None}
