"""Scenes are drawn from a seed, keep their promises, and leave room for a gripper."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vla_ros.errors import SimulationError
from vla_ros.sim.objects import kind_named
from vla_ros.sim.placement import Footprint, Region, gap_m
from vla_ros.sim.scenes import SceneOptions, sample_scene
from vla_ros.sim.surroundings import sample_surroundings

SEEDS = st.integers(0, 2**31 - 1)


def distance_m(first: Footprint, second: Footprint) -> float:
    """Distance between densely sampled outlines; never less than the true one."""
    outlines = []
    for corners in (first.corners_m(), second.corners_m()):
        steps = np.linspace(0.0, 1.0, 30)[:, None]
        sides = zip(corners, np.roll(corners, -1, axis=0), strict=True)
        outlines.append(np.concatenate([a + steps * (b - a) for a, b in sides]))
    return float(np.linalg.norm(outlines[0][:, None] - outlines[1][None], axis=-1).min())


@settings(deadline=None, max_examples=25)
@given(SEEDS)
def test_the_same_seed_gives_the_same_scene(seed):
    assert sample_scene(seed) == sample_scene(seed)


def test_other_seeds_give_other_scenes():
    scenes = [sample_scene(seed) for seed in range(8)]
    assert len({scene.objects for scene in scenes}) == 8
    assert len({scene.surroundings.table for scene in scenes}) == 8


@settings(deadline=None, max_examples=40)
@given(SEEDS)
def test_the_default_scene_keeps_its_promises(seed):
    options = SceneOptions()
    objects = sample_scene(seed, options).objects
    loose = [thing for thing in objects if not kind_named(thing.kind).fixed]
    assert options.count[0] <= len(objects) <= options.count[1]
    assert len({thing.name for thing in objects}) == len(objects)
    assert len({(thing.kind, thing.color) for thing in objects}) == len(objects)
    assert any(kind_named(thing.kind).container for thing in objects)
    graspable = [k for k in map(lambda o: kind_named(o.kind), objects) if k.graspable]
    assert sum(not kind.container for kind in graspable) >= options.graspables
    for thing in loose:
        assert options.region.contains(thing.footprint, overhang_m=0.02)
        assert thing.position_m[2] == pytest.approx(thing.size_m[2] / 2.0)
    for first, second in combinations(loose, 2):
        assert distance_m(first.footprint, second.footprint) >= options.spacing_m - 1e-9


@settings(deadline=None, max_examples=20)
@given(SEEDS)
def test_nothing_stands_where_a_drawer_opens(seed):
    objects = sample_scene(seed, SceneOptions(drawer_probability=1.0)).objects
    chest = next(thing for thing in objects if thing.kind == "drawer")
    forward = np.array([np.cos(chest.yaw_rad), np.sin(chest.yaw_rad)])
    for travel in (0.0, 0.05, 0.10, 0.14):
        x, y = np.asarray(chest.position_m[:2]) + travel * forward
        swept = replace(chest.footprint, x_m=float(x), y_m=float(y))
        for other in objects:
            if other is not chest:
                assert gap_m(swept, other.footprint) > 0.0


def test_excluded_pairs_never_occur_and_forced_ones_always_do():
    pairs = (("red", "mug"), ("blue", "cube"))
    for seed in range(30):
        without = sample_scene(seed, SceneOptions(excluded_pairs=frozenset(pairs)))
        assert not {(o.color, o.nouns[0]) for o in without.objects} & set(pairs)
        forced = sample_scene(seed, SceneOptions(forced_pairs=pairs))
        assert {(o.color, o.nouns[0]) for o in forced.objects} & set(pairs)


def test_required_objects_are_there():
    options = SceneOptions(required=(("cube", "red"), ("bowl", "")))
    for seed in range(10):
        objects = sample_scene(seed, options).objects
        assert any(o.kind == "cube" and o.color == "red" for o in objects)
        assert any(o.kind == "bowl" for o in objects)


def test_near_misses_are_common():
    """Half of all scenes and more hold two things of one colour, or two of one kind."""
    scenes = [sample_scene(seed).objects for seed in range(60)]
    same_color = sum(len({o.color for o in objects}) < len(objects) for objects in scenes)
    same_kind = sum(len({o.kind for o in objects}) < len(objects) for objects in scenes)
    assert same_color > 30
    assert same_kind > 20


def test_only_the_kinds_and_colors_that_are_asked_for():
    options = SceneOptions(
        kinds=("cube", "can", "bowl"), colors=("red", "green"), count=(3, 4), drawer_probability=0.0
    )
    for seed in range(10):
        for thing in sample_scene(seed, options).objects:
            assert thing.kind in options.kinds
            assert thing.color in options.colors


def test_phrases_begin_with_the_plainest():
    scene = sample_scene(1, SceneOptions(required=(("cube", "gray"), ("lemon", "yellow"))))
    cube = next(o for o in scene.objects if (o.kind, o.color) == ("cube", "gray"))
    lemon = next(o for o in scene.objects if o.kind == "lemon")
    assert cube.phrases[0] == "gray cube"
    assert {"grey cube", "gray block", "cube"} <= set(cube.phrases)
    assert lemon.phrases[0] == "lemon"
    assert "yellow lemon" in lemon.phrases
    assert scene.named(cube.name) is cube


def test_a_region_that_is_too_small_is_an_error_that_says_what_to_do():
    options = SceneOptions(count=(8, 8), region=Region(0.4, 0.5, 0.0, 0.1), tries=2)
    with pytest.raises(SimulationError, match="fewer objects"):
        sample_scene(0, options)


def test_an_unknown_name_is_named_with_the_known_ones():
    with pytest.raises(SimulationError, match="teapot"):
        sample_scene(0).named("teapot")


def test_without_randomization_light_and_camera_stay_the_same():
    first, second = (sample_surroundings(np.random.default_rng(seed), 0.0) for seed in (1, 2))
    assert first.lighting == second.lighting
    assert first.camera == second.camera


@settings(deadline=None, max_examples=40)
@given(SEEDS)
def test_the_whole_work_area_is_in_the_front_camera_s_picture(seed):
    """Projects the area's corners with a pinhole written out here."""
    place = sample_surroundings(np.random.default_rng(seed), 1.0).camera
    eye, target = np.asarray(place.position_m), np.asarray(place.target_m)
    ahead = (target - eye) / np.linalg.norm(target - eye)
    right = np.cross(ahead, [0.0, 0.0, 1.0])
    right /= np.linalg.norm(right)
    down = np.cross(ahead, right)
    c, s = np.cos(place.roll_rad), np.sin(place.roll_rad)
    limit = np.tan(place.fovy_rad / 2.0)
    for x in (0.30, 0.66):
        for y in (-0.30, 0.30):
            ray = np.array([x, y, 0.0]) - eye
            u, v = ray @ right / (ray @ ahead), ray @ down / (ray @ ahead)
            u, v = c * u - s * v, s * u + c * v
            assert abs(u) < limit * 4.0 / 3.0
            assert abs(v) < limit


@pytest.mark.parametrize("seed", range(10))
def test_what_is_required_is_there_and_means_one_thing(seed):
    options = SceneOptions(required=(("cube", "red"), ("bowl", "")))
    things = sample_scene(seed, options).objects
    assert sum(thing.kind == "bowl" for thing in things) == 1
    assert sum((thing.kind, thing.color) == ("cube", "red") for thing in things) == 1


def test_several_alike_can_be_required():
    options = SceneOptions(required=(("cube", "red"),) * 3)
    things = sample_scene(0, options).objects
    assert sum((thing.kind, thing.color) == ("cube", "red") for thing in things) == 3


def test_a_colour_that_a_kind_never_has_is_named():
    with pytest.raises(SimulationError, match="banana is purple"):
        sample_scene(0, SceneOptions(required=(("banana", "purple"),)))
