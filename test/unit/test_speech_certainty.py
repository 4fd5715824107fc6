"""How sure the evidence makes."""

import numpy as np
import pytest

from vla_ros.speech.certainty import Certainty, Evidence


def test_shares_of_likelihood_sum_to_one_and_follow_the_scores():
    certainty = Certainty(score_weight=1.0, near_weight=0.0)
    shares = certainty.worth([0.0, 0.1, 0.2], [np.log(0.1), np.log(0.2), np.log(0.1)])
    np.testing.assert_allclose(shares, [0.25, 0.5, 0.25])


def test_without_scores_the_nearest_counts_most():
    shares = Certainty(near_weight_alone=10.0).worth([0.0, 0.1], None)
    assert shares[0] / shares[1] == pytest.approx(np.exp(1.0))


def test_a_probability_grows_with_what_speaks_for_it():
    certainty = Certainty()
    base = certainty.of(Evidence(0.7, 0.1, 0.5))
    assert certainty.of(Evidence(0.9, 0.1, 0.5)) > base > certainty.of(Evidence(0.7, 0.2, 0.5))
    assert certainty.of(Evidence(0.7, 0.1, 0.8)) > base
    assert all(0.0 <= certainty.of(Evidence(s, 1.0, 0.0)) <= 1.0 for s in (0.0, 1.0))
