"""How much of a thing is seen agrees with where things were put."""

from dataclasses import replace

import numpy as np
import pytest

from vla_ros.geometry import inverse, project, transform_points
from vla_ros.sim.mujoco_environment import MujocoEnvironment
from vla_ros.sim.scenes import SceneOptions, sample_scene

OPTIONS = SceneOptions(
    count=(3, 3), containers=0, drawer_probability=0.0, required=(("cube", "red"), ("box", "blue"))
)


@pytest.fixture(scope="module")
def parts():
    """A red cube close behind a blue box, as the camera sees them, and a thing by itself."""
    scene = sample_scene(3, OPTIONS)
    places = {"red_cube_1": (0.45, 0.0), "blue_box_1": (0.515, 0.0)}
    objects = []
    for thing in scene.objects:
        xy = places.get(thing.name, (0.55, 0.25))
        spot = (*xy, thing.size_m[2] / 2.0)
        objects.append(replace(thing, position_m=spot, yaw_rad=np.pi / 2.0))
    with MujocoEnvironment() as environment:
        environment.load(replace(scene, objects=tuple(objects)))
        truth = environment.truth()
        frame = environment.render("front")
        T_camera_base = inverse(environment.T_base_camera("front"))
        yield environment.visible_parts("front"), truth, frame, T_camera_base


def test_what_stands_behind_shows_less_and_what_stands_free_shows_all(parts):
    seen, truth, _, _ = parts
    assert set(seen) == set(truth)
    (free,) = set(truth) - {"red_cube_1", "blue_box_1"}
    assert seen[free].fraction == seen["blue_box_1"].fraction == 1.0
    assert 0.2 < seen["red_cube_1"].fraction < 0.95
    assert not any(part.cut_off for part in seen.values())


def test_the_box_lies_where_the_thing_is_projected(parts):
    seen, truth, frame, T_camera_base = parts
    for name, part in seen.items():
        center = transform_points(T_camera_base, truth[name].T_base_object[None, :3, 3])
        u, v = project(center, frame.k_px)[0]
        assert part.box_px[0] - 3 < u < part.box_px[2] + 3
        assert part.box_px[1] - 3 < v < part.box_px[3] + 3
        area = float(np.prod(part.box_px[2:] - part.box_px[:2]))
        assert 0.2 * area < part.pixels <= area
