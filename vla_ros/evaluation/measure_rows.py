"""The measures of a suite as rows of a table, for terminals and reports alike."""

from __future__ import annotations

from dataclasses import dataclass

from vla_ros.evaluation.findings import GROUP_MARK
from vla_ros.types import Json


@dataclass(frozen=True, slots=True)
class MeasureRow:
    """One measure, in words.

    Attributes:
        name: What is measured; kinds of a group are indented.
        count: How often, of how many.
        value: The rate, or the value.
        interval: Its 95 % interval, or "".
        aim: What it should be, or "".
        reached: Whether it is; False without an aim.
        leads: Whether kinds of it follow.
    """

    name: str
    count: str
    value: str
    interval: str
    aim: str
    reached: bool
    leads: bool


def measure_rows(summary: Json) -> list[MeasureRow]:
    """Return the rows of a summary, none where its suite measures nothing of its own."""
    shares, quantities = summary.get("shares", {}), summary.get("quantities", {})
    groups = {name.partition(GROUP_MARK)[0] for name in shares if GROUP_MARK in name}
    rows = [_row(name, total, name in groups) for name, total in shares.items()]
    return rows + [_row(name, total, False) for name, total in quantities.items()]


def _row(name: str, total: Json, leads: bool) -> MeasureRow:
    share = "rate" in total
    group, mark, kind = name.partition(GROUP_MARK)
    said = f"  {kind}" if mark else group
    show = _percent if share else _number
    interval = [show(bound) for bound in total.get("interval_95", ())]
    return MeasureRow(
        said.replace("_", " ").replace(".", ", "),
        f"{total['count']} of {total['of']}" if share else f"{total['of']} values",
        show(total["rate"] if share else total["value"]),
        " to ".join(interval),
        total.get("aim", ""),
        bool(total.get("reached", False)),
        leads,
    )


def _percent(value: float) -> str:
    return f"{100.0 * value:.1f} %"


def _number(value: float) -> str:
    return f"{value:.3g}"
