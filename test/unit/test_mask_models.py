"""CLIPSeg's regions; SAM's and SAM 2's masks from boxes."""

from types import SimpleNamespace

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from painted_pictures import PAINTED, overlap, paint_in, painted  # noqa: E402
from tiny_checkpoints import clip_tokenizer, clipseg  # noqa: E402
from tiny_second_models import sam, sam2  # noqa: E402

from vla_ros.backends.clipseg import regions  # noqa: E402
from vla_ros.errors import GroundingError, ModelError  # noqa: E402
from vla_ros.params import ModelParams  # noqa: E402
from vla_ros.registry import create_grounder, create_masker  # noqa: E402

CPU = ModelParams(model_device="cpu")
SAMS = {
    "sam": (sam, "SamModel"),
    "sam2": (sam2, "Sam2Model"),
    "sam2 as its hub has it": (lambda folder: sam2(folder, video=True), "Sam2Model"),
}


@pytest.fixture(scope="module")
def clipseg_folder(tmp_path_factory):
    return clipseg(tmp_path_factory.mktemp("clipseg"), side_px=176)


@pytest.fixture(scope="module")
def sams(tmp_path_factory):
    return {name: build(tmp_path_factory.mktemp("sam")) for name, (build, _) in SAMS.items()}


@pytest.mark.parametrize(("width", "height", "box"), PAINTED)
def test_clipseg_regions_come_back_to_the_picture(clipseg_folder, monkeypatch, width, height, box):
    tokenizer = clip_tokenizer(48)

    def forward(self, input_ids, attention_mask, pixel_values):
        logits = torch.full((len(input_ids), *pixel_values.shape[-2:]), -9.0)
        for row, sentence in enumerate(tokenizer.batch_decode(input_ids)):
            if "bowl" in sentence:
                logits[row][paint_in(pixel_values[row : row + 1])] = 2.0
        return SimpleNamespace(logits=logits)

    monkeypatch.setattr(transformers.CLIPSegForImageSegmentation, "forward", forward)
    grounder = create_grounder(str(clipseg_folder), CPU)
    phrases = [*(f"thing {letter}" for letter in "abcdefghi"), "bowl"]  # more than run at once
    (found,) = grounder.ground(painted(width, height, box), phrases)
    assert found.phrase == "bowl" and found.score > 0.9
    np.testing.assert_allclose(found.box_px, box, atol=1.6 * max(width, height) / 176)
    assert found.mask.shape == (height, width) and overlap(found.mask, box) > 0.9


def test_clipseg_itself_runs(clipseg_folder):
    grounder = create_grounder(str(clipseg_folder), CPU, even_score=0.01)
    found = grounder.ground(painted(*PAINTED[0]), ["cube"])
    assert found and all(d.mask.any() and 0.0 <= d.score <= 1.0 for d in found)
    assert grounder.ground(painted(*PAINTED[0]), []) == []
    with pytest.raises(GroundingError, match="48 tokens"):
        grounder.ground(painted(*PAINTED[0]), ["a thing that " * 8])


def test_regions_apart_are_things_apart_and_crumbs_are_none():
    fit = np.zeros((60, 80))
    fit[5:25, 10:30], fit[35:55, 50:70], fit[2, 78] = 0.9, 0.6, 0.99
    found = regions("cube", cv2.resize(fit, (320, 240), interpolation=cv2.INTER_NEAREST),
                    (240, 320), even_score=0.4)  # fmt: skip
    assert [d.box_px.tolist() for d in found[1:]] == [[40, 20, 120, 100], [200, 140, 280, 220]]
    assert found[0].box_px.tolist() == [312, 8, 316, 12]  # 16 pixels count, 15 do not
    assert [round(d.score, 3) for d in found[1:]] == [0.931, 0.692]
    assert regions("cube", np.where(fit > 0.95, fit, 0.0)[:, :80], (60, 80), 0.4) != []
    tiny = np.zeros((240, 320))
    tiny[0, :15] = 0.9
    assert regions("cube", tiny, (240, 320), 0.4) == []


def answers_with(see):
    """A SAM whose masks, a quarter of its picture's size, are what `see` says."""

    def forward(self, pixel_values, input_boxes, multimask_output):
        assert multimask_output is False
        masks = torch.stack([see(pixel_values, box) for box in input_boxes[0]])
        quarter = torch.nn.functional.avg_pool2d(masks.float()[:, None], 4) - 0.5
        return SimpleNamespace(pred_masks=quarter[None])

    return forward


def in_box(pixel_values, box):
    side = pixel_values.shape[-1]
    middle = torch.arange(side) + 0.5
    across = (middle > box[0]) & (middle < box[2])
    down = (middle > box[1]) & (middle < box[3])
    return down[:, None] & across[None, :]


@pytest.mark.parametrize("name", SAMS)
@pytest.mark.parametrize(
    "see", [in_box, lambda pixels, box: paint_in(pixels)], ids=["box", "paint"]
)
@pytest.mark.parametrize(("width", "height", "box"), PAINTED)
def test_sam_masks_come_back_to_the_picture(sams, monkeypatch, name, see, width, height, box):
    """Both what the network is told of the box and what it sees lie where they lie."""
    monkeypatch.setattr(getattr(transformers, SAMS[name][1]), "forward", answers_with(see))
    frame = painted(width, height, box)
    masks = create_masker(str(sams[name]), CPU).masks(frame, np.array([box, box], float))
    assert masks.shape == (2, height, width) and masks.dtype == bool
    assert overlap(masks[0], box) > 0.8 and np.array_equal(masks[0], masks[1])
    rows, columns = np.nonzero(masks[0])
    middle = (columns.mean() + 0.5, rows.mean() + 0.5)
    expected = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
    np.testing.assert_allclose(middle, expected, atol=2.5 * max(width, height) / 128)


@pytest.mark.parametrize("name", SAMS)
def test_sam_itself_runs(sams, name):
    masker = create_masker(str(sams[name]), CPU)
    boxes = np.array([[10.0, 10.0, 60.0, 50.0], [100.0, 20.0, 190.0, 200.0]])
    assert masker.masks(painted(*PAINTED[0]), boxes).shape == (2, 250, 400)
    assert masker.masks(painted(*PAINTED[0]), np.zeros((0, 4))).shape == (0, 250, 400)


def test_sam_that_answers_nonsense_is_an_error(sams, monkeypatch):
    for answer in (torch.full((1, 1, 1, 8, 8), float("nan")), torch.zeros(1, 2, 1, 8, 8)):
        monkeypatch.setattr(
            transformers.SamModel,
            "forward",
            lambda self, answer=answer, **inputs: SimpleNamespace(pred_masks=answer),
        )
        with pytest.raises(ModelError, match="not finite, or not one a box"):
            create_masker(str(sams["sam"]), CPU).masks(painted(*PAINTED[0]), np.ones((1, 4)))
