"""Rendered training pictures: the same for any number of processes, resumable, and true."""

import json
from dataclasses import replace

import numpy as np
import pytest

from vla_ros.errors import SimulationError
from vla_ros.sim.held_out import HELD_OUT_PAIRS
from vla_ros.sim.objects import CATALOGUE
from vla_ros.sim.picking import pick_kinds
from vla_ros.sim.scenes import SceneOptions, dressed
from vla_ros.sim.world import FRONT_CAMERA
from vla_ros.training import rendered_scenes, stage_acts
from vla_ros.training.labelled_pictures import LabelledPictures
from vla_ros.training.picture_truth import box_px, layers, may_be_hidden, picture_truth, size_words
from vla_ros.training.rendered_scenes import generate
from vla_ros.training.stage import Stage


@pytest.fixture(scope="module", autouse=True)
def small_stages():
    """Two pictures on each stage, so that four pictures are work for two processes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rendered_scenes, "PICTURES_PER_STAGE", 2)
        yield


@pytest.fixture(scope="module")
def folder(tmp_path_factory, small_stages):
    where = tmp_path_factory.mktemp("pictures")
    generate(where / "one", 4, 7, workers=1, show_progress=False)
    return where


def test_a_shard_holds_what_it_promises(folder):
    shard = folder / "one" / "shard_000"
    images, depths = np.load(shard / "images.npy"), np.load(shard / "depth_mm.npy")
    objects = json.loads((shard / "objects.json").read_text())
    assert images.shape == (4, 240, 320, 3)
    assert images.dtype == np.uint8
    assert depths.shape == (4, 240, 320)
    assert depths.dtype == np.uint16
    assert 400 < np.median(depths) < 2000
    assert len(objects) == 4
    assert len(LabelledPictures(folder / "one")) == 4
    for picture in objects:
        for thing in picture:
            x0, y0, x1, y1 = thing["box_px"]
            assert 0 <= x0 < x1 <= 320
            assert 0 <= y0 < y1 <= 240
            assert 0.0 < thing["visible_fraction"] <= 1.0
            assert (thing["colors"][0], thing["nouns"][0]) not in HELD_OUT_PAIRS


def test_two_processes_render_what_one_does(folder):
    generate(folder / "two", 4, 7, workers=2, show_progress=False)
    for name in ("images.npy", "objects.json"):
        first, second = ((folder / k / "shard_000" / name).read_bytes() for k in ("one", "two"))
        assert first == second


def test_held_out_pairs_are_forced(folder):
    generate(folder / "held", 3, 8, workers=1, held_out=True, show_progress=False)
    pictures = json.loads((folder / "held" / "shard_000" / "objects.json").read_text())
    pairs = [{(o["colors"][0], o["nouns"][0]) for o in picture} for picture in pictures]
    assert sum(bool(found & set(HELD_OUT_PAIRS)) for found in pairs) >= 2


def test_every_held_out_scene_has_a_held_out_pair_and_no_other_has_one():
    hosts = 0
    for seed in range(300):
        for held_out in (True, False):
            rng = np.random.default_rng(seed)
            options = rendered_scenes._options(rng, held_out)
            picks = pick_kinds(rng, options)
            pairs = {(color, kind.nouns[0]) for kind, color in picks}
            assert bool(pairs & set(HELD_OUT_PAIRS)) is held_out, (seed, pairs)
            assert {kind for kind, _ in options.required} <= {kind.name for kind, _ in picks}
            hosts += bool(options.required)
    assert 200 < hosts < 400


@pytest.mark.parametrize("kind", ["mug", "bowl", "tray", "basket", "plate", "book"])
def test_what_is_put_into_or_onto_a_thing_lies_within_it(kind):
    rng = np.random.default_rng(0)
    described = CATALOGUE[kind]
    for _ in range(20):
        host = dressed(described, "red", rng, 1.0)
        host = replace(host, position_m=(0.5, 0.1, host.size_m[2] / 2.0), yaw_rad=1.0)
        room, reach_m = stage_acts._room(host), 0.01
        x, y, _ = room.position_m(room.spot(reach_m, rng), 0.0)
        c, s = np.cos(host.yaw_rad), np.sin(host.yaw_rad)
        own = np.array([[c, s], [-s, c]]) @ [x - 0.5, y - 0.1]
        cavity = described.cavity
        center = np.zeros(2) if cavity is None else np.array(cavity(host.size_m).center_m)
        assert np.all(np.abs(own) + reach_m <= np.array(host.size_m[:2]) / 2.0 + 1e-9)
        if kind in ("mug", "bowl"):
            assert np.linalg.norm(own - center) + reach_m <= cavity(host.size_m).radius_m + 1e-9


def test_finished_shards_are_kept_and_wrong_ones_refused(folder, monkeypatch):
    def never(block):
        raise AssertionError("rendered again")

    monkeypatch.setattr(rendered_scenes, "render_block", never)
    generate(folder / "one", 4, 7, workers=1, show_progress=False)
    with pytest.raises(SimulationError, match="another count"):
        generate(folder / "one", 5, 7, workers=1, show_progress=False)


def test_a_covered_object_s_visible_fraction_is_less_than_one():
    """A book stands in front of a ball, seen from the camera; then it is taken away."""
    stage = Stage(1, randomization=0.0)
    rng = np.random.default_rng(2)
    options = SceneOptions(
        count=(2, 2), required=(("ball", "red"), ("carton", "blue")), containers=0, graspables=0
    )
    scene = stage.sample(rng, options)
    stage.show(scene, rng)
    ball, carton = (next(o for o in scene.objects if o.kind == k) for k in ("ball", "carton"))
    upright = np.array([1.0, 0.0, 0.0, 0.0])
    stage.place(ball.name, (0.45, 0.0, ball.size_m[2] / 2.0), upright)
    stage.place(carton.name, (0.45, 0.2, carton.size_m[2] / 2.0), upright)
    stage.forward()
    with stage.renderer() as renderer:
        free = {o["kind"]: o for o in picture_truth(stage, renderer, scene)}
        stage.place(carton.name, (0.52, 0.015, carton.size_m[2] / 2.0), upright)
        stage.forward()
        covered = {o["kind"]: o for o in picture_truth(stage, renderer, scene)}
        seen = renderer.segment(stage.data, FRONT_CAMERA, [ball.name])
    assert free["ball"]["visible_fraction"] == 1.0
    assert covered["ball"]["visible_fraction"] < 0.8
    assert covered["carton"]["visible_fraction"] == 1.0
    assert tuple(covered["ball"]["box_px"]) == box_px(seen == 0)
    np.testing.assert_allclose(covered["carton"]["position_m"][:2], (0.52, 0.015), atol=1e-3)


def test_box_of_a_mask():
    mask = np.zeros((10, 20), bool)
    mask[3:5, 7:12] = True
    assert box_px(mask) == (7, 3, 12, 5)


def test_layers_hold_no_two_boxes_that_overlap():
    boxes = [(0, 0, 10, 10), (5, 5, 15, 15), (20, 0, 30, 10), (12, 12, 22, 22)]
    groups = layers(boxes)
    assert sorted(k for group in groups for k in group) == [0, 1, 2, 3]
    assert groups == [[0, 2, 3], [1]]


def test_what_borders_on_another_thing_may_be_hidden():
    seen = np.full((6, 8), -1)
    seen[2:4, 1:3] = 0
    seen[2:4, 3:5] = 1
    seen[0, 7] = 2
    assert may_be_hidden(seen, 0)
    assert may_be_hidden(seen, 1)
    assert not may_be_hidden(seen, 2)


def test_size_words_hold_only_where_sizes_differ():
    rng = np.random.default_rng(0)
    cube = dressed(CATALOGUE["cube"], "red", rng, 0.0)
    sized = [_with_side(cube, side) for side in (0.03, 0.05, 0.05)]
    assert size_words(sized[0], sized) == ("small", "little")
    assert size_words(sized[1], sized) == ()
    assert size_words(sized[1], sized[:2]) == ("large", "big")
    assert size_words(sized[0], sized[:1]) == ()


def _with_side(cube, side):
    return replace(cube, size_m=(side, side, side))
