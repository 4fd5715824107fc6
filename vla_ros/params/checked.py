"""Declares parameters and checks their values.

A field is declared with `param(...)`: what it is, its unit and its range. Bounds are checked as
`low <= value <= high`, so that NaN fails. Deployment facts (frames, joints, limits) have no
default: the robot's YAML must say them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, TypeVar, get_type_hints

from vla_ros.errors import ConfigError

Checked = TypeVar("Checked", bound="CheckedParams")


def param(
    description: str,
    *,
    unit: str = "",
    low: float | None = None,
    high: float | None = None,
    choices: tuple[str, ...] = (),
    live: bool = True,
    default: Any = MISSING,
) -> Any:
    """Declare a parameter.

    Args:
        description: What it is, for people.
        unit: Unit of the value, empty where it has none.
        low: Smallest allowed value (of each element).
        high: Largest allowed value (of each element).
        choices: The allowed words, empty for any.
        live: Whether it may be changed while the node runs.
        default: The value where nothing is said; without one the YAML must say it.
    """
    details = {
        "description": description,
        "unit": unit,
        "low": low,
        "high": high,
        "choices": choices,
        "live": live,
    }
    if default is MISSING:
        return field(metadata=details, kw_only=True)
    return field(metadata=details, default=default, kw_only=True)


@dataclass(frozen=True)
class CheckedParams:
    """Base of the parameter dataclasses: checks types, ranges and choices when made."""

    def __post_init__(self) -> None:
        hints = get_type_hints(type(self))
        for spec in fields(self):
            _check(spec, hints[spec.name], getattr(self, spec.name))

    def with_changes(self: Checked, changes: Mapping[str, Any]) -> Checked:
        """Return a copy with some values changed; all of them are taken, or none.

        Raises:
            ConfigError: A name is unknown, fixed while running, or its value is out of range.
        """
        by_name = {spec.name: spec for spec in fields(self)}
        for name, value in changes.items():
            if name not in by_name:
                raise ConfigError(f"no parameter '{name}'; there are {sorted(by_name)}")
            if not by_name[name].metadata["live"] and value != getattr(self, name):
                raise ConfigError(f"'{name}' is read at start only: restart the node to change it")
        return dataclasses.replace(self, **changes)

    @classmethod
    def from_mapping(cls: type[Checked], values: Mapping[str, Any]) -> Checked:
        """Make one from values that were read elsewhere, naming what is missing or unknown.

        Raises:
            ConfigError: A parameter is missing, unknown, of a wrong type or out of range.
        """
        known = {spec.name for spec in fields(cls)}
        unknown = sorted(set(values) - known)
        if unknown:
            raise ConfigError(f"{cls.__name__} has no parameters {unknown}; it has {sorted(known)}")
        missing = [
            spec.name for spec in fields(cls) if spec.default is MISSING and spec.name not in values
        ]
        if missing:
            raise ConfigError(
                f"{cls.__name__} needs {missing}: say them in the robot's YAML (config/robots/)"
            )
        hints = get_type_hints(cls)
        return cls(**{name: _coerce(hints[name], value) for name, value in values.items()})


def _coerce(kind: Any, value: Any) -> Any:
    """Turn YAML's forms into the field's: lists to tuples, whole numbers to floats."""
    if isinstance(value, (list, tuple)) or hasattr(value, "tolist"):
        items = tuple(value.tolist() if hasattr(value, "tolist") else value)
        return tuple(float(v) for v in items) if kind == tuple[float, ...] else items
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    return value


def _check(spec: dataclasses.Field[Any], kind: Any, value: Any) -> None:
    details = spec.metadata
    if kind in (tuple[float, ...], tuple[str, ...]):
        element: type = float if kind == tuple[float, ...] else str
        if not isinstance(value, tuple) or not all(isinstance(v, element) for v in value):
            raise ConfigError(f"'{spec.name}' must be a list of {element.__name__}, not {value!r}")
        elements = value
    else:
        if not isinstance(value, kind) or (kind is not bool and isinstance(value, bool)):
            raise ConfigError(f"'{spec.name}' must be a {kind.__name__}, not {value!r}")
        elements = (value,)
    for element_value in elements:
        if details["choices"] and element_value not in details["choices"]:
            raise ConfigError(
                f"'{spec.name}' must be one of {list(details['choices'])}, not {element_value!r}"
            )
        if not _within(element_value, details["low"], details["high"]):
            raise ConfigError(
                f"'{spec.name}' must be within [{details['low']}, {details['high']}] "
                f"{details['unit']}, not {element_value!r}".replace("  ", " ")
            )


def _within(value: Any, low: float | None, high: float | None) -> bool:
    if isinstance(value, (str, bool)):
        return True
    above = value == value if low is None else low <= value
    return bool(above and (value == value if high is None else value <= high))
