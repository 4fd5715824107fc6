"""The detector through transformers' Auto classes, and its twin on ONNX Runtime."""

import json

import numpy as np
import pytest
from PIL import Image

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from tabletop_folders import random_detector, random_pictures  # noqa: E402

from vla_ros.backends import tabletop_detector, tabletop_frames  # noqa: E402
from vla_ros.backends.tabletop_layers import conjunction_logits  # noqa: E402
from vla_ros.backends.tabletop_onnx import OnnxTabletopGrounder  # noqa: E402
from vla_ros.backends.tabletop_torch import TorchTabletopGrounder  # noqa: E402
from vla_ros.errors import ModelError  # noqa: E402
from vla_ros.registry import create_grounder  # noqa: E402
from vla_ros.resources import models_dir  # noqa: E402
from vla_ros.types import CameraFrame  # noqa: E402

PHRASES = ["red cube", "the blue mug", "banana", "light green thing"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return random_detector(tmp_path_factory.mktemp("detector"))


def frame_of(rgb):
    return CameraFrame(rgb, None, np.eye(3), "camera", 0)


def test_auto_classes_open_the_folder(folder):
    model = transformers.AutoModelForZeroShotObjectDetection.from_pretrained(folder)
    processor = transformers.AutoProcessor.from_pretrained(folder)
    assert isinstance(model, tabletop_detector.TabletopDetectorForZeroShotObjectDetection)
    pictures = random_pictures(2, (480, 640))
    inputs = processor(images=pictures, text=[PHRASES, PHRASES], return_tensors="pt")
    with torch.inference_mode():
        output = model.eval()(**inputs)
    assert output.logits.shape == (2, 1200, 4) and output.pred_boxes.shape == (2, 1200, 4)
    results = processor.post_process_grounded_object_detection(
        output, threshold=0.3, target_sizes=[(480, 640)] * 2, text_labels=[PHRASES] * 2
    )
    grounder = TorchTabletopGrounder(folder, least_score=0.3)
    for picture, result in zip(pictures, results, strict=True):
        found = grounder.ground(frame_of(picture), PHRASES)
        assert found and [d.phrase for d in found] == result["text_labels"]
        np.testing.assert_allclose([d.box_px for d in found], result["boxes"], atol=1e-2)


def test_the_stock_pipeline_finds_what_the_grounder_finds(folder):
    (picture,) = random_pictures(1, (480, 640))
    detector = transformers.pipeline("zero-shot-object-detection", model=str(folder))
    found = detector(Image.fromarray(picture), candidate_labels=PHRASES, threshold=0.3)
    ours = TorchTabletopGrounder(folder, least_score=0.3).ground(frame_of(picture), PHRASES)
    assert found and len(found) == len(ours)
    for one, other in zip(found, sorted(ours, key=lambda d: -d.score), strict=True):
        assert one["score"] == pytest.approx(other.score, abs=1e-4)
        corners = [one["box"][side] for side in ("xmin", "ymin", "xmax", "ymax")]
        np.testing.assert_allclose(corners, np.trunc(other.box_px), atol=1.0)


@pytest.mark.parametrize("size", [(240, 320), (480, 640), (700, 300)])
def test_both_runtimes_agree(folder, size):
    onnx = OnnxTabletopGrounder(folder, threads=1, least_score=0.2)
    twin = TorchTabletopGrounder(folder, least_score=0.2)
    for picture in random_pictures(3, size):
        ours, theirs = (g.ground(frame_of(picture), PHRASES) for g in (onnx, twin))
        assert len(ours) > 0
        for one in ours:
            assert any(same(one, other, 1e-3 * max(size)) for other in theirs)


def same(one, other, within_px):
    return (
        one.phrase == other.phrase
        and one.score == pytest.approx(other.score, abs=1e-3)
        and np.allclose(one.box_px, other.box_px, atol=within_px)
    )


def test_raw_outputs_agree_to_a_thousandth(folder):
    import onnxruntime

    session = onnxruntime.InferenceSession(str(folder / "model.onnx"))
    model = transformers.AutoModelForZeroShotObjectDetection.from_pretrained(folder).eval()
    pixels = np.stack([tabletop_frames.normalized(p) for p in random_pictures(1, (240, 320))])
    ids = np.array([[4, 5, 0, 0], [6, 7, 8, 9], [3, 0, 0, 0]])
    ours = session.run(None, {"pixel_values": pixels, "input_ids": ids})
    with torch.inference_mode():
        theirs = model(torch.from_numpy(pixels), torch.from_numpy(ids), return_dict=False)
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(one, other.numpy(), atol=1e-3)


def test_one_file_holds_the_weights(folder):
    names = ("model.onnx", "model.safetensors")
    graph, weights = ((folder / name).stat().st_size for name in names)
    assert graph < 0.3 * weights
    assert json.loads((folder / "config.json").read_text())["model_type"] == "tabletop_detector"


def test_a_phrase_does_not_depend_on_what_else_is_asked(folder):
    onnx = OnnxTabletopGrounder(folder, threads=1, least_score=0.2)
    frame = frame_of(random_pictures(1, (240, 320))[0])
    together = [d for d in onnx.ground(frame, PHRASES) if d.phrase == "banana"]
    alone = onnx.ground(frame, ["banana"])
    assert [d.score for d in alone] == pytest.approx([d.score for d in together], abs=1e-4)


def test_phrases_that_cannot_be_read_are_not_found(folder):
    onnx = OnnxTabletopGrounder(folder, threads=1, least_score=0.0)
    frame = frame_of(random_pictures(1, (240, 320))[0])
    assert onnx.ground(frame, ["", "  ", "?!", "red " * 10_000]) == []
    assert onnx.ground(frame, []) == []
    assert onnx.unknown_words("the RED dragons, please") == ("dragons", "please")


@pytest.mark.parametrize(
    "name", ["model.safetensors", "tokenizer.json", "config.json", "model.onnx"]
)
def test_a_broken_file_is_named(folder, tmp_path, name):
    for path in folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / name).write_bytes(b"not a model")
    with pytest.raises(ModelError, match=str(tmp_path)):
        OnnxTabletopGrounder(tmp_path)


def test_a_phrase_is_as_probable_as_all_its_words_together():
    rng = np.random.default_rng(0)
    agreement = rng.normal(0.0, 2.0, (1, 5, 3, 4))
    objectness = rng.normal(0.0, 2.0, (1, 5))
    present = np.array([[1, 1, 1, 1], [1, 0, 0, 0], [1, 1, 0, 0]], float)[None, None]
    logits = conjunction_logits(*map(torch.tensor, (agreement, present, objectness)))
    probability = 1.0 / (1.0 + np.exp(-agreement))
    expected = np.where(present > 0, probability, 1.0).prod(-1)
    expected *= 1.0 / (1.0 + np.exp(-objectness))[..., None]
    np.testing.assert_allclose(torch.sigmoid(logits).numpy(), expected, atol=1e-6)


def test_describing_a_cell_leaves_out_whether_anything_is_there(folder):
    model = transformers.AutoModelForZeroShotObjectDetection.from_pretrained(folder).eval()
    ids = torch.tensor([[4, 5], [6, 0]])
    with torch.inference_mode():
        output = model(torch.randn(1, 3, 32, 32), ids)
        words = torch.sigmoid(model.describe(output.cells[0], ids))
        logits = (output.logits[0] - model.calibration_bias) / model.calibration_scale
        there = torch.sigmoid(output.objectness[0])[:, None]
    torch.testing.assert_close(torch.sigmoid(logits), words * there, atol=1e-3, rtol=0.0)


def test_the_default_weights_agree_on_both_runtimes():
    ours, theirs = (create_grounder(name, least_score=0.2) for name in ("default", "default-torch"))
    for picture in random_pictures(2, (240, 320)):
        frame = frame_of(picture)
        seen, again = (g.ground(frame, ["red cube", "thing"]) for g in (ours, theirs))
        assert all(any(same(one, other, 0.3) for other in again) for one in seen)
    assert ours.unknown_words("the red dragon") == ("dragon",)


def test_the_default_weights_are_small_enough_for_a_repository():
    folder = models_dir() / "tabletop_detector"
    assert sum(p.stat().st_size for p in folder.iterdir()) <= 40e6
