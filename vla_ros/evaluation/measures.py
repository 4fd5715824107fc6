"""What the findings of all episodes add up to, held against the aims of the suite."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from scipy.stats import binom

from vla_ros.evaluation.aims import Aim
from vla_ros.evaluation.calibration import calibration_error
from vla_ros.evaluation.findings import GROUP_MARK, Findings
from vla_ros.evaluation.scores import wilson_interval
from vla_ros.types import Json

CALIBRATION = "calibration_error"
_QUANTILES = {"median": 0.5, "p90": 0.9}


def measured(findings: Sequence[Findings], aims: Mapping[str, str]) -> Json:
    """Return the totals by name: "shares" and "quantities", {} where nothing was found.

    A share has count, of, rate and interval_95 (Wilson); a quantity ("error_mm.median") has value,
    of and, where it is a quantile, interval_95 (of order statistics). What the suite has an aim for
    also has aim and reached.

    Args:
        findings: Those of each episode.
        aims: What should be reached, by the name of a share, a group of shares or a quantity.
    """
    totals: Json = {
        "shares": {name: _share(*of) for name, of in sorted(_summed(findings).items())},
        "quantities": {**dict(_quantiles(findings)), **_calibration(findings)},
    }
    if not any(totals.values()):
        return {}
    for rows, key in ((totals["shares"], "rate"), (totals["quantities"], "value")):
        for name in rows.keys() & aims.keys():
            rows[name]["aim"] = aims[name]
            rows[name]["reached"] = Aim.parse(aims[name]).reached(rows[name][key])
    return totals


def quantile_interval(values: Sequence[float], quantile: float) -> tuple[float, float]:
    """Return the 95 % interval of a quantile, which presumes no distribution of the values.

    Source: W. J. Conover, Practical Nonparametric Statistics, 3rd ed., 1999, section 3.2.
    """
    ordered = np.sort(np.asarray(values, float))
    low, high = binom.ppf([0.025, 0.975], len(ordered), quantile).astype(int)
    return float(ordered[max(low - 1, 0)]), float(ordered[min(high, len(ordered) - 1)])


def _summed(findings: Sequence[Findings]) -> dict[str, tuple[int, int]]:
    """Return (how often, of how many) of each share and of each group of shares."""
    totals: dict[str, tuple[int, int]] = {}
    for found in findings:
        for name, (count, of) in found.shares.items():
            group, mark, _ = name.partition(GROUP_MARK)
            for key in (name, group) if mark else (name,):
                before = totals.get(key, (0, 0))
                totals[key] = before[0] + count, before[1] + of
    return totals


def _share(count: int, of: int) -> Json:
    return {
        "count": count,
        "of": of,
        "rate": count / of if of else 0.0,
        "interval_95": list(wilson_interval(count, of)),
    }


def _quantiles(findings: Sequence[Findings]) -> Iterator[tuple[str, Json]]:
    for name in sorted({name for found in findings for name in found.samples}):
        values = [v for found in findings for v in found.samples.get(name, ())]
        for word, quantile in _QUANTILES.items():
            yield (
                f"{name}.{word}",
                {
                    "value": float(np.quantile(values, quantile)),
                    "of": len(values),
                    "interval_95": list(quantile_interval(values, quantile)),
                },
            )


def _calibration(findings: Sequence[Findings]) -> Json:
    pairs = [pair for found in findings for pair in found.scored]
    if not pairs:
        return {}
    scores, right = np.array(pairs, float).T
    return {CALIBRATION: {"value": calibration_error(scores, right), "of": len(pairs)}}
