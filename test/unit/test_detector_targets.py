"""What the detector should say at each cell."""

import numpy as np

from vla_ros.training.detector_targets import cell_targets
from vla_ros.training.labelled_pictures import LabelledObject
from vla_ros.training.phrases import Phrase, Query

SIZE = (96, 128)
COLUMNS = SIZE[1] // 8


def thing(noun, color, box):
    return LabelledObject((noun,), (color,), (), (), box, 1.0)


def asked(*phrases):
    return [Query(p.text(), "color_noun", p) for p in phrases]


def targets(things, queries, clear=None):
    boxes = np.array([t.box_px for t in things], float).reshape(-1, 4)
    clear = np.ones(len(things), bool) if clear is None else np.array(clear)
    return cell_targets(SIZE, boxes, clear, things, queries)


def cell_at(x, y):
    return int(y // 8) * COLUMNS + int(x // 8)


def test_the_centre_of_a_named_object_is_positive_and_has_its_box():
    cube = thing("cube", "red", (40.0, 32.0, 72.0, 64.0))
    truth = targets([cube], asked(Phrase("cube", "red"), Phrase("cube", "blue")))
    center = cell_at(56, 48)
    assert truth.matches[center].tolist() == [1.0, 0.0]
    assert truth.match_weights[center].tolist() == [1.0, 1.0]
    np.testing.assert_allclose(truth.boxes[center], [56 / 128, 48 / 96, 32 / 128, 32 / 96])
    assert truth.centers[cell_at(8, 8)] == 0.0 and truth.center_weights[cell_at(8, 8)] == 1.0


def test_at_the_rim_only_its_own_phrase_is_left_open():
    cube = thing("cube", "red", (32.0, 24.0, 96.0, 72.0))
    truth = targets([cube], asked(Phrase("cube", "red"), Phrase("mug")))
    rim = cell_at(40 + 1, 48)
    assert truth.matches[rim].tolist() == [0.0, 0.0]
    assert truth.match_weights[rim].tolist() == [0.0, 1.0]
    assert truth.box_weights[rim] == 1.0 and truth.center_weights[rim] == 0.0


def test_a_thing_in_a_bowl_leaves_the_bowl_a_cell():
    bowl = thing("bowl", "white", (32.0, 24.0, 80.0, 64.0))
    ball = thing("ball", "red", (44.0, 32.0, 68.0, 56.0))
    truth = targets([bowl, ball], asked(Phrase("bowl"), Phrase("ball")))
    assert truth.matches[:, 0].sum() >= 1 and truth.matches[:, 1].sum() >= 1
    assert not (truth.matches[:, 0] * truth.matches[:, 1]).any()
    assert truth.matches[cell_at(56, 44), 1] == 1.0


def test_every_object_has_a_cell_however_small():
    dot = thing("marker", "black", (61.0, 41.0, 64.0, 43.0))
    truth = targets([dot], asked(Phrase("marker")))
    assert truth.matches.sum() == 1.0


def test_hidden_objects_teach_nothing():
    can = thing("can", "green", (40.0, 32.0, 72.0, 64.0))
    truth = targets([can], asked(Phrase("can"), Phrase("thing", "green")), clear=[False])
    inside = [cell_at(x, y) for x in (44, 56, 68) for y in (36, 48, 60)]
    assert not truth.match_weights[inside].any()
    assert not truth.center_weights[inside].any() and not truth.box_weights.any()


def test_single_words_are_asked_of_the_object_at_each_cell():
    cube = thing("cube", "red", (40.0, 32.0, 72.0, 64.0))
    boxes = np.array([cube.box_px], float)
    words = [Phrase("cube"), Phrase("mug"), Phrase("thing", "red")]
    truth = cell_targets(SIZE, boxes, np.array([True]), [cube], asked(Phrase("cube")), words)
    assert truth.words[cell_at(56, 48)].tolist() == [1.0, 0.0, 1.0]
    assert not truth.words[cell_at(8, 8)].any()


def test_an_empty_table_is_all_background():
    truth = targets([], asked(Phrase("can")))
    assert truth.match_weights.all() and truth.center_weights.all()
    assert not truth.matches.any() and not truth.box_weights.any()
