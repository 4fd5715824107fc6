"""Grasps of things with known shapes; geometry written out by hand is the oracle."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from vla_ros.action.grasp import Grasp, GraspContext, choose_grasps
from vla_ros.action.gripper import Gripper
from vla_ros.action.points import box_surface
from vla_ros.errors import TaskFailed, TerminationReason
from vla_ros.geometry import pose
from vla_ros.types import Target

GRIPPER = Gripper(
    max_width_m=0.08,
    finger_thickness_m=0.014,
    finger_width_m=0.022,
    finger_depth_m=0.012,
    hand_length_m=0.17,
    hand_width_m=0.07,
    hand_height_m=0.065,
    wrist_reach_m=0.1,
    wrist_height_m=0.075,
)
AREA = (0.22, -0.42, 0.74, 0.42)


def box(x: float, y: float, yaw: float, size: tuple[float, float, float]) -> Target:
    T = pose(np.array([x, y, size[2] / 2.0]), Rotation.from_euler("z", yaw))
    extent = np.array(size)
    points = box_surface(T, extent, 0.004)
    return Target("box", np.zeros(4), T, extent, 1.0, points_m=points)


def bowl(x: float, y: float, radius: float, height: float) -> Target:
    around = np.linspace(0.0, 2.0 * np.pi, 120, endpoint=False)
    rings = [
        np.column_stack([r * np.cos(around), r * np.sin(around), np.full(120, z)])
        for r, z in [
            *((radius, z) for z in np.linspace(0.005, height, 12)),
            *((radius - 0.004, z) for z in np.linspace(0.005, height, 12)),
            *((r, 0.005) for r in np.linspace(0.0, radius, 12)),
        ]
    ]
    points = np.concatenate(rings) + np.array([x, y, 0.0])
    T = pose(np.array([x, y, height / 2.0]))
    return Target(
        "bowl", np.zeros(4), T, np.array([2 * radius, 2 * radius, height]), 1.0, points_m=points
    )


def context(*neighbours: Target, failed: tuple[np.ndarray, ...] = ()) -> GraspContext:
    points = [t.points_m for t in neighbours if t.points_m is not None]
    return GraspContext(np.concatenate([np.zeros((0, 3)), *points]), AREA, failed=failed)


def in_tool(grasp: Grasp, points: np.ndarray) -> np.ndarray:
    return (points - grasp.T_base_tool[:3, 3]) @ grasp.T_base_tool[:3, :3]


def closing_yaw(grasp: Grasp) -> float:
    return float(np.arctan2(grasp.T_base_tool[1, 1], grasp.T_base_tool[0, 1]))


@settings(max_examples=25, deadline=None)
@given(st.floats(0.35, 0.65), st.floats(-0.3, 0.3), st.floats(-3.0, 3.0))
def test_an_oblong_box_is_taken_across_its_narrow_side(x, y, yaw):
    grasp = choose_grasps(box(x, y, yaw, (0.12, 0.04, 0.05)), GRIPPER, context())[0]
    assert abs(np.sin(closing_yaw(grasp) - (yaw + np.pi / 2.0))) < 0.15
    assert np.hypot(*(grasp.T_base_tool[:2, 3] - [x, y])) < 0.02
    assert grasp.width_m == pytest.approx(0.04, abs=0.006)


@settings(max_examples=25, deadline=None)
@given(st.floats(0.3, 0.7), st.floats(-0.35, 0.35), st.floats(-3.0, 3.0))
def test_every_grasp_points_down_above_the_table_with_the_thing_between_the_fingers(x, y, yaw):
    target = box(x, y, yaw, (0.045, 0.045, 0.045))
    for grasp in choose_grasps(target, GRIPPER, context()):
        np.testing.assert_allclose(grasp.T_base_tool[:3, 2], [0.0, 0.0, -1.0], atol=1e-9)
        assert grasp.T_base_tool[2, 3] - GRIPPER.finger_depth_m > 0.0
        local = in_tool(grasp, target.points_m)
        held = np.abs(local[:, 0]) < GRIPPER.finger_width_m / 2.0
        assert held.any()
        assert np.abs(local[held, 1]).max() < grasp.opening * GRIPPER.max_width_m / 2.0
        assert grasp.bottom_m == pytest.approx(grasp.T_base_tool[2, 3], abs=1e-6)


def test_the_fingers_keep_clear_of_neighbours():
    target = box(0.5, 0.0, 0.0, (0.04, 0.04, 0.05))
    walls = [box(0.5, s * 0.045, 0.0, (0.06, 0.02, 0.06)) for s in (1.0, -1.0)]
    best = choose_grasps(target, GRIPPER, context(*walls))[0]
    assert abs(np.sin(closing_yaw(best))) < 0.5
    middle = best.opening * GRIPPER.max_width_m / 2.0 + GRIPPER.finger_thickness_m / 2.0
    for wall in walls:
        local = in_tool(best, wall.points_m)
        across = np.abs(local[:, 0]) < GRIPPER.finger_width_m / 2.0
        along = np.abs(np.abs(local[:, 1]) - middle) < GRIPPER.finger_thickness_m / 2.0
        reached = local[:, 2] < GRIPPER.finger_depth_m
        assert not (across & along & reached).any()


def test_the_camera_on_the_wrist_stays_clear_of_a_tall_neighbour():
    target = box(0.5, 0.0, 0.0, (0.04, 0.04, 0.05))
    tower = box(0.58, 0.0, 0.0, (0.03, 0.03, 0.25))
    for grasp in choose_grasps(target, GRIPPER, context(tower)):
        local = in_tool(grasp, tower.points_m)
        under = (local[:, 0] > 0.0) & (local[:, 0] < GRIPPER.wrist_reach_m)
        beside = np.abs(local[:, 1]) < GRIPPER.hand_width_m / 2.0
        assert not (under & beside & (-local[:, 2] > GRIPPER.wrist_height_m)).any()


def test_too_wide_says_how_wide():
    with pytest.raises(TaskFailed, match=r"too wide for the gripper: 9\.0 cm > 7\.4 cm") as failure:
        choose_grasps(box(0.5, 0.0, 0.2, (0.10, 0.09, 0.05)), GRIPPER, context())
    assert failure.value.reason is TerminationReason.GRASP_FAILED


def test_a_wide_bowl_is_taken_by_its_rim():
    target = bowl(0.5, 0.05, 0.07, 0.06)
    best = choose_grasps(target, GRIPPER, context())[0]
    away = np.hypot(*(best.T_base_tool[:2, 3] - [0.5, 0.05]))
    assert away == pytest.approx(0.068, abs=0.006)
    outward = (best.T_base_tool[:2, 3] - [0.5, 0.05]) / away
    assert abs(best.T_base_tool[:2, 1] @ outward) > 0.98


def test_out_of_reach_says_where():
    with pytest.raises(TaskFailed, match=r"out of reach at x 0\.90 m") as failure:
        choose_grasps(box(0.9, 0.0, 0.0, (0.04, 0.04, 0.04)), GRIPPER, context())
    assert failure.value.reason is TerminationReason.UNREACHABLE


def test_walled_in_says_there_is_no_room():
    target = box(0.5, 0.0, 0.0, (0.04, 0.04, 0.04))
    ring = [
        box(0.5 + 0.045 * np.cos(a), 0.045 * np.sin(a), a, (0.02, 0.06, 0.3))
        for a in np.linspace(0.0, 2.0 * np.pi, 8, endpoint=False)
    ]
    with pytest.raises(TaskFailed, match="no room for the fingers"):
        choose_grasps(target, GRIPPER, context(*ring))


def test_what_failed_comes_last_and_the_choice_is_repeatable():
    target = box(0.5, 0.0, 0.4, (0.04, 0.04, 0.05))
    first = choose_grasps(target, GRIPPER, context())
    again = choose_grasps(target, GRIPPER, context())
    np.testing.assert_array_equal(first[0].T_base_tool, again[0].T_base_tool)
    other = choose_grasps(target, GRIPPER, context(failed=(first[0].T_base_tool,)))[0]
    moved = np.linalg.norm(other.T_base_tool[:3, 3] - first[0].T_base_tool[:3, 3]) > 0.005
    turned = abs(np.sin(closing_yaw(other) - closing_yaw(first[0]))) > 0.2
    assert moved or turned


def test_scores_fall():
    target = box(0.5, 0.0, 0.0, (0.04, 0.04, 0.05))
    scores = [grasp.score for grasp in choose_grasps(target, GRIPPER, context())]
    assert scores == sorted(scores, reverse=True)


def test_fingers_keep_clear_of_the_back_that_is_hidden():
    seen_whole = box(0.5, 0.0, 0.6, (0.057, 0.056, 0.11))
    points = seen_whole.points_m
    assert points is not None
    toward_camera = (points[:, 0] - 0.5) > -0.008
    seen = replace(seen_whole, points_m=points[toward_camera])
    for grasp in choose_grasps(seen, GRIPPER, context())[:20]:
        local = in_tool(grasp, points)
        half = grasp.opening * GRIPPER.max_width_m / 2.0
        low = local[:, 2] > -GRIPPER.finger_depth_m
        beside = np.abs(local[:, 0]) < GRIPPER.finger_width_m / 2.0 - 0.001
        assert np.abs(local[low & beside, 1]).max(initial=0.0) <= half + 0.002
