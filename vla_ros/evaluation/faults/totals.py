"""How each fault was handled over many tries, for reports and tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from vla_ros.evaluation.faults.table import FAULTS
from vla_ros.evaluation.scores import EpisodeResult, wilson_interval
from vla_ros.types import Json

_STRUCK = "struck_s"


def fault_totals(results: Sequence[EpisodeResult]) -> Json:
    """Return what became of each fault, in the order of the table; {} where nothing was to break.

    Of each: `tries`, `right` and its `interval_95`; `reasons`, how often instructions ended in
    which way, the most frequent first; `longest_rest_s`, the longest time until the arm was at rest
    (for faults that must bring it to rest: since they struck; else since the instruction ended);
    and `anyway`, how often what looked like a consequence happened without the fault as well.
    """
    if not any(_STRUCK in result.figures for result in results):
        return {}
    totals: Json = {}
    for name, fault in FAULTS.items():
        tried = [result for result in results if result.task == name]
        if not tried:
            continue
        right = sum(result.success for result in tried)
        totals[name] = {
            "description": fault.description,
            "tries": len(tried),
            "right": right,
            "interval_95": list(wilson_interval(right, len(tried))),
            "reasons": dict(Counter(result.reason for result in tried).most_common()),
            "longest_rest_s": max(result.figures.get("rest_s", 0.0) for result in tried),
            "anyway": sum(
                bool(result.figures.get("fails_anyway") or result.figures.get("fast_anyway"))
                for result in tried
            ),
        }
    return totals
