"""Whether scores are the probabilities that they claim to be."""

from __future__ import annotations

import numpy as np

_BINS = 15


def calibration_error(probability: np.ndarray, outcome: np.ndarray) -> float:
    """Return the expected calibration error of (N,) probabilities over (N,) outcomes.

    Source: Guo et al. 2017, On Calibration of Modern Neural Networks.
    """
    bins = np.minimum((probability * _BINS).astype(int), _BINS - 1)
    gaps = [
        abs(probability[bins == b].mean() - outcome[bins == b].mean()) * np.mean(bins == b)
        for b in np.unique(bins)
    ]
    return float(np.sum(gaps))
