"""How sure a recogniser's evidence makes that a command was meant: a calibrated probability."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log

import numpy as np

_MOST_LOGIT = 3.0
_LARGE = 30.0
_DOUBT = 2.5
"""So much more a changed sound counts where no likelihood speaks for the change."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for a command.

    Attributes:
        share: Of the likelihood of all commands that were considered, 0 to 1.
        changed: Share of the heard sounds that are others in it.
        confidence: The recogniser's own estimate of what it heard, 0 to 1.
        loss: How much less likely it is than what was heard freely [nats]; None where the
            recogniser cannot say.
    """

    share: float
    changed: float
    confidence: float
    loss: float | None = None


@dataclass(frozen=True, slots=True)
class Certainty:
    """Weights of the evidence, fitted to what a recogniser got right and wrong.

    The defaults are those of Whisper base (logistic regression over 110 spoken commands and 19
    other sentences, seeds apart from those of the reported figures).

    Attributes:
        score_weight: Of a log likelihood, in choosing among commands.
        near_weight: Of the share of changed sounds, in choosing among commands.
        near_weight_alone: The same, of a recogniser that states no likelihoods of given texts.
        bias: Of the probability's logit.
        share_weight: Of the logit of the share.
        changed_weight: Of the share of changed sounds.
        confidence_weight: Of the recogniser's own confidence.
        loss_weight: Of the loss of likelihood.
        most: How many commands to score at most.
    """

    score_weight: float = 0.5
    near_weight: float = 40.0
    near_weight_alone: float = 300.0
    bias: float = -2.1
    share_weight: float = 0.7
    changed_weight: float = -10.0
    confidence_weight: float = 3.4
    loss_weight: float = -0.05
    most: int = 16

    def worth(self, changed: Sequence[float], scores: Sequence[float] | None) -> np.ndarray:
        """Return (N,) shares of the likelihood of N commands, which sum to 1."""
        near = np.array(changed, float)
        if scores is None:
            logs = -self.near_weight_alone * near
        else:
            logs = self.score_weight * np.array(scores, float) - self.near_weight * near
        shares = np.exp(logs - logs.max())
        normed: np.ndarray = shares / shares.sum()
        return normed

    def of(self, evidence: Evidence) -> float:
        """Return the probability that a command was meant."""
        logit = (
            self.bias
            + self.share_weight * _logit(evidence.share)
            + self.confidence_weight * evidence.confidence
        )
        if evidence.loss is None:
            logit += _DOUBT * self.changed_weight * evidence.changed
        else:
            logit += self.changed_weight * evidence.changed + self.loss_weight * evidence.loss
        return 1.0 / (1.0 + exp(-max(-_LARGE, min(_LARGE, logit))))


def _logit(share: float) -> float:
    least = exp(-_MOST_LOGIT)
    share = min(max(share, least), 1.0 - least)
    return log(share / (1.0 - share))
