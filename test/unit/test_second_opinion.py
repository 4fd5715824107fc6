"""Grounders made of two models, with fakes for both; what the parameters describe."""

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from vla_ros.errors import ConfigError, ModelError
from vla_ros.parameter_files import load_params
from vla_ros.params import GroundingParams, ModelParams
from vla_ros.perception.assembly import assemble_grounder
from vla_ros.perception.grounder import placement_of
from vla_ros.perception.second_opinion import MaskingGrounder, RerankingGrounder
from vla_ros.types import CameraFrame, Detection

FRAME = CameraFrame(np.zeros((60, 80, 3), np.uint8), None, np.eye(3), "", 0)


class Proposer:
    def __init__(self, *found):
        self.found = [Detection(phrase, np.array(box, float), p) for phrase, box, p in found]

    def ground(self, frame, phrases):
        return list(self.found)


class Scorer:
    """Says how well boxes fit, by their left edge."""

    def __init__(self, fits):
        self.fits, self.asked = fits, []

    def score(self, frame, boxes_px, phrases):
        self.asked.append((len(boxes_px), list(phrases)))
        return np.array([[self.fits[box[0]]] * len(phrases) for box in boxes_px])


class Boxes:
    """Masks that are whole boxes with a border of two pixels around."""

    def masks(self, frame, boxes_px):
        found = np.zeros((len(boxes_px), *frame.rgb.shape[:2]), bool)
        for mask, (x0, y0, x1, y1) in zip(found, boxes_px.astype(int), strict=True):
            mask[max(y0 - 2, 0) : y1 + 2, max(x0 - 2, 0) : x1 + 2] = True
        return found


def odds(probability):
    return probability / (1 - probability)


def test_the_better_fit_wins_and_keeps_its_probability():
    two = Proposer(("mug", [0, 0, 9, 9], 0.9), ("mug", [20, 0, 29, 9], 0.8))
    grounder = RerankingGrounder(two, Scorer({0: 1.0, 20: 4.0}), weight=0.5)
    first, second = grounder.ground(FRAME, ["mug"])
    assert second.score == pytest.approx(0.8)
    assert odds(first.score) == pytest.approx(odds(0.9) * np.exp(-0.5 * 3.0))


def test_phrases_do_not_compete_and_faint_boxes_are_not_looked_at():
    found = Proposer(
        ("mug", [0, 0, 9, 9], 0.9), ("can", [20, 0, 29, 9], 0.6), ("mug", [40, 0, 49, 9], 0.1)
    )
    scorer = Scorer({0: 0.0, 20: 9.0})
    scores = [d.score for d in RerankingGrounder(found, scorer, 1.0).ground(FRAME, ["mug", "can"])]
    assert scores == pytest.approx([0.9, 0.6, 0.1])
    assert scorer.asked == [(2, ["mug", "can"])]


def test_one_box_needs_no_second_opinion():
    scorer = Scorer({})
    one = Proposer(("mug", [0, 0, 9, 9], 0.9))
    assert len(RerankingGrounder(one, scorer, 1.0).ground(FRAME, ["mug"])) == 1
    assert scorer.asked == []


@given(
    st.lists(st.tuples(st.floats(0.2, 1.0), st.floats(-50, 50)), min_size=2, max_size=8),
    st.floats(0, 5),
)
def test_no_box_ever_gains(boxes, weight):
    found = Proposer(*(("mug", [i, 0, i + 9, 9], p) for i, (p, _) in enumerate(boxes)))
    fits = {i: fit for i, (_, fit) in enumerate(boxes)}
    after = RerankingGrounder(found, Scorer(fits), weight).ground(FRAME, ["mug"])
    assert all(0 <= a.score <= b.score + 1e-6 for a, b in zip(after, found.found, strict=True))


@pytest.mark.parametrize("answer", [np.zeros((1, 1)), np.full((2, 1), np.nan)])
def test_a_scorer_that_answers_nonsense_is_an_error(answer):
    class Nonsense:
        def score(self, frame, boxes_px, phrases):
            return answer

    two = Proposer(("mug", [0, 0, 9, 9], 0.9), ("mug", [20, 0, 29, 9], 0.8))
    with pytest.raises(ModelError, match="re-ranker"):
        RerankingGrounder(two, Nonsense(), 1.0).ground(FRAME, ["mug"])


def test_masks_are_cut_to_their_boxes():
    found = Proposer(("mug", [10.4, 5, 30, 20.5], 0.9), ("can", [40, 5, 50, 20], 0.1))
    first, faint = MaskingGrounder(found, Boxes()).ground(FRAME, ["mug", "can"])
    rows, columns = np.nonzero(first.mask)
    assert (columns.min(), rows.min(), columns.max(), rows.max()) == (10, 5, 29, 20)
    assert faint.mask is None


def test_a_mask_of_hardly_a_pixel_is_left_out():
    class Nothing:
        def masks(self, frame, boxes_px):
            return np.zeros((len(boxes_px), *frame.rgb.shape[:2]), bool)

    found = Proposer(("mug", [10, 5, 30, 20], 0.9))
    (only,) = MaskingGrounder(found, Nothing()).ground(FRAME, ["mug"])
    assert only.mask is None and only.score == 0.9


def test_a_masker_of_another_picture_is_an_error():
    class Small:
        def masks(self, frame, boxes_px):
            return np.zeros((len(boxes_px), 8, 8), bool)

    with pytest.raises(ModelError, match=r"\(1, 8, 8\).*\(1, 60, 80\)"):
        MaskingGrounder(Proposer(("mug", [10, 5, 30, 20], 0.9)), Small()).ground(FRAME, ["mug"])


def params_from(tmp_path, values):
    """What the grounding node would get from a parameter file."""
    path = tmp_path / "my.yaml"
    path.write_text(yaml.safe_dump({"/**": {"ros__parameters": values}}))
    return (load_params(kind, [path], "grounding") for kind in (GroundingParams, ModelParams))


def test_the_default_needs_no_torch(tmp_path):
    grounder = assemble_grounder(*params_from(tmp_path, {}))
    assert placement_of(grounder) == "tabletop_detector on the CPU, ONNX Runtime"


def test_one_parameter_switches_the_model(tmp_path):
    """To any public checkpoint: here a small random one in a folder."""
    pytest.importorskip("torch")
    from tiny_checkpoints import owl

    folder = str(owl(tmp_path / "owl"))
    grounder = assemble_grounder(*params_from(tmp_path, {"grounder_model": folder}))
    assert type(grounder).__name__ == "OwlGrounder"
    assert placement_of(grounder).startswith(f"{folder} on ")


def test_parameters_stack_models_and_reach_them(tmp_path):
    pytest.importorskip("torch")
    from tiny_checkpoints import owl
    from tiny_second_models import clip, sam2

    values = {
        "grounder_model": str(owl(tmp_path / "owl")),
        "grounder_even_score": 0.3,
        "rerank_model": str(clip(tmp_path / "clip")),
        "mask_model": str(sam2(tmp_path / "sam2")),
        "model_device": "cpu",
        "model_dtype": "bfloat16",
    }
    grounder = assemble_grounder(*params_from(tmp_path, values))
    told = placement_of(grounder)
    assert "re-ranked by" in told and "masks by" in told and told.count("on cpu, bfloat16") == 3
    rgb = np.random.default_rng(0).integers(0, 256, (60, 80, 3), dtype=np.uint8)
    found = grounder.ground(CameraFrame(rgb, None, np.eye(3), "", 0), ["cube", "mug"])
    assert found and any(d.mask is not None for d in found)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"grounder_model": "owlv2"}, "no grounding model 'owlv2'"),
        ({"mask_model": "sam"}, "'sam' is neither a folder nor a name on the hub"),
        ({"grounder_even_score": 1.5}, r"grounder_even_score.*0\.95"),
        ({"model_dtype": "int3"}, "model_dtype.*float16"),
    ],
)
def test_what_is_wrong_is_named(tmp_path, values, message):
    with pytest.raises(ConfigError, match=message):
        assemble_grounder(*params_from(tmp_path, values))
