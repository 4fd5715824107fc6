"""How often each kind of variant was right, where an episode says several instructions."""

from __future__ import annotations

from collections.abc import Sequence

from vla_ros.evaluation.scores import EpisodeResult, wilson_interval
from vla_ros.types import Json

RIGHT = "right_"
"""Figures that begin so say 1 where a variant of that kind was right, else 0."""


def variant_totals(results: Sequence[EpisodeResult]) -> Json:
    """Return the count, the successes and the interval of each kind of variant; {} for none."""
    said: dict[str, list[float]] = {}
    for result in results:
        for name, value in result.figures.items():
            if name.startswith(RIGHT):
                said.setdefault(name.removeprefix(RIGHT), []).append(value)
    return {
        kind: {
            "said": len(values),
            "right": round(sum(values)),
            "interval_95": list(wilson_interval(round(sum(values)), len(values))),
        }
        for kind, values in said.items()
    }
