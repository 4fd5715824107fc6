"""Figures of the grounder against small examples worked out by hand."""

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

from vla_ros.evaluation.calibration import calibration_error
from vla_ros.training.detector_evaluation import (
    Answer,
    area_under_curve,
    fit_calibration,
    scores,
)


def test_area_under_curve_counts_pairs():
    assert area_under_curve([0.9, 0.4], [0.1, 0.4, 0.8]) == pytest.approx((3 + 1.5) / 6)
    assert area_under_curve([1.0], [0.0]) == 1.0
    assert np.isnan(area_under_curve([], [0.1]))


def test_calibration_error_of_a_forecast_that_is_always_sure():
    probability = np.array([0.99] * 10)
    assert calibration_error(probability, np.array([1] * 5 + [0] * 5)) == pytest.approx(0.49)


def test_calibration_error_of_an_honest_forecast():
    rng = np.random.default_rng(0)
    probability = rng.random(50_000)
    assert calibration_error(probability, rng.random(50_000) < probability) < 0.01


def test_scores_of_four_answers():
    figures = scores(
        [
            Answer("noun", 0.9, True, 2, 1, 1),
            Answer("noun", 0.3, False, 0, 0, 2),
            Answer("wrong_color", 0.7, False, 1, 0, 0),
            Answer("wrong_color", 0.1, False, 0, 0, 0),
        ]
    )
    assert figures.accuracy == {"noun": 0.5}
    assert figures.refusal == {"wrong_color": 0.5}
    assert figures.precision == pytest.approx(1 / 3)
    assert figures.recall == pytest.approx(1 / 3)
    assert figures.absent_auc == pytest.approx(3 / 4)
    assert figures.phrases == 4


def test_what_nobody_asked_is_null_in_the_file():
    figures = scores([Answer("noun", 0.9, True, 1, 1, 1)]).as_json()
    assert figures["absent_auc"] is None and figures["accuracy"] == {"noun": 1.0}


def test_calibration_finds_the_distortion_that_was_put_in():
    rng = np.random.default_rng(1)
    truth = rng.normal(0.0, 3.0, 40_000)
    outcome = rng.random(truth.shape) < 1 / (1 + np.exp(-truth))
    distorted = (truth + 1.5) / 2.0
    answers = [
        Answer("noun", float(1 / (1 + np.exp(-logit))), bool(hit), 0, 0, 1)
        for logit, hit in zip(distorted, outcome, strict=True)
    ]
    scale, bias = fit_calibration(answers)
    assert scale == pytest.approx(2.0, abs=0.1)
    assert bias == pytest.approx(-1.5, abs=0.1)
