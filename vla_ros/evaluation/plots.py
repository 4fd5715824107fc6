"""The plots of a report, each as an SVG element to stand within a page."""

from __future__ import annotations

from collections.abc import Sequence
from io import StringIO
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from vla_ros.evaluation.scores import EpisodeResult
from vla_ros.types import Json

_WIDTH_IN = 8.4
_ROW_IN = 0.34
_INK, _RIGHT, _WRONG, _PALE = "#333a44", "#2f7d6d", "#b8503f", "#d9dee5"
_STYLE: dict[Any, Any] = {
    "font.family": "sans-serif",
    "font.size": 9.0,
    "svg.fonttype": "none",
    "axes.edgecolor": _PALE,
    "axes.labelcolor": _INK,
    "text.color": _INK,
    "xtick.color": _INK,
    "ytick.color": _INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
}


@matplotlib.rc_context(_STYLE)
def success_plot(summary: Json) -> str:
    """Return each task's success rate with its 95 % interval, and that of all."""
    rows = [*summary["tasks"].items(), ("all", summary)]
    figure, axes = _figure(len(rows))
    for row, (_, totals) in enumerate(rows):
        low, high = totals["interval_95"]
        axes.plot(
            [low, high], [row, row], color=_RIGHT, linewidth=6, alpha=0.3, solid_capstyle="butt"
        )
        axes.plot([totals["success_rate"]], [row], "o", color=_RIGHT, markersize=5)
    axes.set_xlim(-0.02, 1.02)
    axes.xaxis.set_major_formatter(PercentFormatter(1.0))
    axes.grid(axis="x", color=_PALE, linewidth=0.6)
    _name_rows(axes, [name.replace("_", " ") for name, _ in rows])
    return _svg(figure, "success")


@matplotlib.rc_context(_STYLE)
def reason_plot(results: Sequence[EpisodeResult]) -> str:
    """Return how often each way to end occurred, right and wrong."""
    reasons = sorted(
        {r.reason for r in results}, key=lambda reason: -sum(r.reason == reason for r in results)
    )
    right = [sum(r.reason == reason and r.success for r in results) for reason in reasons]
    wrong = [sum(r.reason == reason and not r.success for r in results) for reason in reasons]
    figure, axes = _figure(len(reasons))
    rows = np.arange(len(reasons))
    axes.barh(rows, right, color=_RIGHT, label="right, by the simulator's truth")
    axes.barh(rows, wrong, left=right, color=_WRONG, label="wrong")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlabel("episodes")
    axes.legend(frameon=False, loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=2)
    _name_rows(axes, [reason.replace("_", " ") for reason in reasons])
    return _svg(figure, "reasons")


@matplotlib.rc_context(_STYLE)
def spread_plot(values: Sequence[float], label: str) -> str:
    """Return a histogram; "" for fewer than two values."""
    if len(values) < 2:
        return ""
    figure = Figure(figsize=(_WIDTH_IN / 2.4, 1.9), layout="constrained")
    axes = figure.add_subplot()
    axes.hist(values, bins=min(20, max(5, len(values) // 4)), color=_RIGHT, alpha=0.75)
    axes.set_xlabel(label)
    axes.set_ylabel("episodes")
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    return _svg(figure, label)


def _figure(rows: int) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(_WIDTH_IN, 0.9 + _ROW_IN * rows), layout="constrained")
    return figure, figure.add_subplot()


def _name_rows(axes: Axes, names: Sequence[str]) -> None:
    axes.set_yticks(np.arange(len(names)), names)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)


def _svg(figure: Figure, salt: str) -> str:
    """Return a figure as an <svg> element; the salt keeps its ids apart from other figures'."""
    written = StringIO()
    with matplotlib.rc_context({"svg.hashsalt": salt}):
        figure.savefig(written, format="svg", transparent=True, metadata={"Date": None})
    text = written.getvalue()
    return text[text.index("<svg") :]
