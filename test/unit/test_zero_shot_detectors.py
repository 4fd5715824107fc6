"""OWL-ViT, OWLv2, Grounding DINO and MM-Grounding-DINO: geometry, phrases, calibration."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from painted_pictures import PAINTED, paint_box, painted  # noqa: E402
from tiny_checkpoints import bert_tokenizer, clip_tokenizer, grounding_dino, owl  # noqa: E402

from vla_ros.backends import proposals  # noqa: E402
from vla_ros.backends.grounding_dino import caption_of, tokens_within, written  # noqa: E402
from vla_ros.errors import GroundingError, ModelError  # noqa: E402
from vla_ros.params import ModelParams  # noqa: E402
from vla_ros.registry import create_grounder  # noqa: E402
from vla_ros.types import CameraFrame  # noqa: E402

CPU = ModelParams(model_device="cpu")
OWLS = {"owlvit": "OwlViTForObjectDetection", "owlv2": "Owlv2ForObjectDetection"}
DINOS = {
    "grounding-dino": "GroundingDinoForObjectDetection",
    "mm-grounding-dino": "MMGroundingDinoForObjectDetection",
}
FULL_STOP = 1012


@pytest.fixture(scope="module")
def owls(tmp_path_factory):
    make = tmp_path_factory.mktemp
    return {f: owl(make(f), f, side_px=320, patch_px=80) for f in OWLS}


@pytest.fixture(scope="module")
def dinos(tmp_path_factory):
    return {f: grounding_dino(tmp_path_factory.mktemp(f), f) for f in DINOS}


def noise(width=200, height=120):
    rgb = np.random.default_rng(1).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return CameraFrame(rgb, None, np.eye(3), "camera", 0)


def sees_paint_as(wanted, patches):
    """An OWL network that gives the paint's box, in one patch, to the sentence with a word."""
    tokenizer = clip_tokenizer(48)

    def forward(self, input_ids, attention_mask, pixel_values):
        sentences = tokenizer.batch_decode(input_ids)
        logits = torch.full((1, patches, len(sentences)), -12.0)
        boxes = torch.full((1, patches, 4), 0.5)
        boxes[0, 3] = paint_box(pixel_values)
        logits[0, 3, [i for i, s in enumerate(sentences) if wanted in s]] = 2.0
        return SimpleNamespace(logits=logits, pred_boxes=boxes)

    return forward


@pytest.mark.parametrize("family", OWLS)
@pytest.mark.parametrize(("width", "height", "box"), PAINTED)
def test_owl_boxes_come_back_to_the_picture(owls, monkeypatch, family, width, height, box):
    monkeypatch.setattr(
        getattr(transformers, OWLS[family]), "forward", sees_paint_as("bowl", patches=16)
    )
    grounder = create_grounder(str(owls[family]), CPU)
    (found,) = grounder.ground(painted(width, height, box), ["red cube", "bowl"])
    assert found.phrase == "bowl"
    np.testing.assert_allclose(found.box_px, box, atol=1.1 * max(width, height) / 320)
    # 0.1 is even odds: logit(p) = 2 - logit(0.1)
    assert found.score == pytest.approx(1 / (1 + 0.1 / 0.9 * np.exp(-2.0)), abs=1e-4)


@pytest.mark.parametrize("family", OWLS)
def test_owl_agrees_with_the_processor_of_transformers(owls, family):
    """On the network's own output, for the best box of each picture."""
    grounder = create_grounder(str(owls[family]), CPU)
    frame = noise()
    (best, *_) = grounder.ground(frame, ["cube"])
    processor = transformers.AutoProcessor.from_pretrained(owls[family])
    model = transformers.AutoModelForZeroShotObjectDetection.from_pretrained(owls[family])
    text = processor.tokenizer(
        ["a photo of a cube"], padding="max_length", max_length=48, return_tensors="pt"
    )
    pictures = processor.image_processor(np.asarray(frame.rgb), return_tensors="pt")
    with torch.inference_mode():
        output = model.eval()(**text, **pictures)
    (stock,) = processor.post_process_grounded_object_detection(
        output, threshold=0.0, target_sizes=[(120, 200)]
    )
    first = int(stock["scores"].argmax())
    expected = np.clip(stock["boxes"][first].numpy(), 0, [200, 120, 200, 120])
    np.testing.assert_allclose(best.box_px, expected, atol=1e-3)


def test_owl_says_that_a_phrase_is_too_long(owls):
    grounder = create_grounder(str(owls["owlv2"]), CPU)
    with pytest.raises(GroundingError, match="48 tokens: say it in fewer words"):
        grounder.ground(noise(), ["cube", "a thing that " * 8])


def segments(input_ids):
    """Positions of each phrase's tokens: what stands between full stops."""
    parts = [[]]
    for position, token in enumerate(input_ids[0].tolist()):
        if token == FULL_STOP:
            parts.append([])
        elif token not in (101, 102):
            parts[-1].append(position)
    return [part for part in parts if part]


def marks_segment(number, share=1.0):
    """A Grounding DINO that gives the paint's box to a share of one phrase's tokens."""

    def forward(self, pixel_values, pixel_mask, input_ids, attention_mask, token_type_ids):
        logits = torch.full((1, 30, 64), -float("inf"))
        logits[..., : input_ids.shape[1]] = -12.0
        positions = segments(input_ids)[number]
        logits[0, 7, positions[: round(share * len(positions))]] = 3.0
        boxes = torch.full((1, 30, 4), 0.5)
        boxes[0, 7] = paint_box(pixel_values)
        return SimpleNamespace(logits=logits, pred_boxes=boxes)

    return forward


@pytest.mark.parametrize("family", DINOS)
@pytest.mark.parametrize(("width", "height", "box"), PAINTED)
def test_dino_boxes_and_phrases_come_back(dinos, monkeypatch, family, width, height, box):
    monkeypatch.setattr(getattr(transformers, DINOS[family]), "forward", marks_segment(1))
    grounder = create_grounder(str(dinos[family]), CPU)
    frame = painted(width, height, box)
    (found,) = grounder.ground(frame, ["Red  Cube", "the Bowl.", "can"])
    assert found.phrase == "the Bowl."
    # the network's picture is 96 pixels high, or 160 long
    tolerance = 1.1 * max(min(width, height) / 96, max(width, height) / 160)
    np.testing.assert_allclose(found.box_px, box, atol=tolerance)
    assert found.score > 0.9


def test_dino_wants_all_words_of_a_phrase(dinos, monkeypatch):
    """Half of its tokens is half of its score: a red ball is no red cube."""
    frame = painted(*PAINTED[0])
    grounder = create_grounder(str(dinos["grounding-dino"]), CPU)
    forward = "transformers.GroundingDinoForObjectDetection.forward"
    monkeypatch.setattr(forward, marks_segment(0, share=0.5))
    (half,) = grounder.ground(frame, ["aabb"])
    monkeypatch.setattr(forward, marks_segment(0))
    (whole,) = grounder.ground(frame, ["aabb"])
    sigmoid = 1 / (1 + np.exp(-3.0))
    for found, raw in ((half, sigmoid / 2), (whole, sigmoid)):
        odds = raw / (1 - raw) / (0.3 / 0.7)
        assert found.score == pytest.approx(odds / (1 + odds), abs=1e-4)


def test_dino_asks_many_phrases_in_several_captions(dinos):
    grounder = create_grounder(str(dinos["grounding-dino"]), CPU, even_score=0.05)
    phrases = [f"thing number {letter}" for letter in "abcdefghij"]
    found = grounder.ground(noise(), phrases)
    assert {d.phrase for d in found} == set(phrases)


@pytest.mark.parametrize("phrase", ["...", " ", "?"])
def test_dino_refuses_a_phrase_without_words(dinos, phrase):
    with pytest.raises(GroundingError, match="no word"):
        create_grounder(str(dinos["grounding-dino"]), CPU).ground(noise(), [phrase])


def test_dino_says_that_a_phrase_is_too_long(dinos):
    with pytest.raises(GroundingError, match="62 tokens"):
        create_grounder(str(dinos["grounding-dino"]), CPU).ground(noise(), ["ab" * 40])


def test_text_cannot_spell_the_tokenizers_own_signs():
    assert written("[SEP] Cube. bowl? [MASK]") == "sep cube bowl mask"


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.text("abcxyz 019", min_size=1, max_size=6), min_size=1, max_size=3),
                min_size=1, max_size=5))  # fmt: skip
def test_each_phrase_gets_its_own_tokens(words):
    texts = [text for text in (written(" ".join(some)) for some in words) if text]
    tokenizer = bert_tokenizer()
    caption, spans = caption_of(texts)
    encoded = tokenizer(caption, return_offsets_mapping=True)
    offsets = np.array(encoded["offset_mapping"])
    found = [tokens_within(offsets, span) for span in spans]
    assert [tokenizer.decode(np.array(encoded["input_ids"])[t]) for t in found] == texts
    assert [list(t) for t in found] == segments(torch.tensor([encoded["input_ids"]]))


@pytest.mark.parametrize("family", [*OWLS, *DINOS])
def test_no_phrases_no_work(owls, dinos, family):
    assert create_grounder(str({**owls, **dinos}[family]), CPU).ground(noise(), []) == []


@pytest.mark.parametrize("even", [0.1, 0.3, 0.6])
def test_even_score_is_one_half_and_order_stays(even):
    raw = np.linspace(0.0, 1.0, 101)
    scores = proposals.probability(raw, even)
    assert proposals.probability(np.array(even), even) == pytest.approx(0.5)
    assert np.all(np.diff(scores) > 0) and scores[0] < 1e-6 and scores[-1] > 1 - 1e-6


def test_what_is_not_finite_or_does_not_fit_is_an_error():
    boxes = np.array([[0.0, 0.0, 9.0, 9.0]])
    for scores in (np.array([[np.nan]]), np.zeros((1, 2)), np.zeros((2, 1))):
        with pytest.raises(ModelError):
            proposals.detections(["cube"], scores, boxes, (10, 10), 0.3)


def test_one_thing_is_found_once_and_boxes_end_at_the_picture():
    boxes = np.array([[-5.0, 2, 6, 8], [-4.0, 2, 6, 8], [5.0, 5, 30, 9], [3.0, 3, 3.4, 9]])
    scores = np.array([[0.5], [0.9], [0.4], [0.99]])
    found = proposals.detections(["cube"], scores, boxes, (10, 20), 0.3)
    assert [d.box_px.tolist() for d in found] == [[0, 2, 6, 8], [5, 5, 20, 9]]
