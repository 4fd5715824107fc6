"""The parts of the detector's loss against values worked out by hand."""

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from vla_ros.training.detector_loss import box_overlaps, focal  # noqa: E402


def test_overlaps_of_known_boxes():
    boxes = torch.tensor([[0.5, 0.5, 0.4, 0.4], [0.2, 0.2, 0.2, 0.2]])
    others = torch.tensor([[0.5, 0.5, 0.4, 0.4], [0.8, 0.2, 0.2, 0.2]])
    overlap, generalized = box_overlaps(boxes, others)
    assert overlap.item() == pytest.approx(0.5, abs=1e-5)
    # The second pair's hull is 0.8 by 0.2, of which the boxes fill half.
    assert generalized.item() == pytest.approx((1.0 - 0.5) / 2, abs=1e-5)


def test_no_boxes_is_no_loss():
    overlap, generalized = box_overlaps(torch.zeros(0, 4), torch.zeros(0, 4))
    assert overlap.item() == 1.0 and generalized.item() == 1.0


def test_focal_of_one_undecided_positive():
    loss = focal(torch.zeros(1), torch.ones(1), torch.ones(1))
    assert loss.item() == pytest.approx(0.25 * 0.693147, abs=1e-5)


def test_what_has_no_weight_has_no_gradient():
    logits = torch.zeros(2, requires_grad=True)
    focal(logits, torch.tensor([1.0, 1.0]), torch.tensor([1.0, 0.0])).backward()
    assert logits.grad[0].item() < 0.0 and logits.grad[1].item() == 0.0
