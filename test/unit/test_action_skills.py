"""The skill head drives a fake robot: where the thing ends is the oracle."""

import numpy as np
import pytest
from action_fakes import FACTS, PIPELINE, SKILLS, T_HOME, Box, FakeRobot, bowl, box

from vla_ros.action.playing import play_task
from vla_ros.action.scene import task_phrases
from vla_ros.action.skill_head import SkillHead
from vla_ros.errors import TaskFailed, TerminationReason
from vla_ros.types import Relation, Skill, Task


def do(robot: FakeRobot, task: Task, head: SkillHead | None = None) -> list[str]:
    """Let a head do a task and return its stages."""
    head = head or SkillHead(SKILLS, FACTS, T_HOME)
    robot.arm()
    stages: list[str] = []

    def on_chunk(chunk, T_base_target):
        del T_base_target
        if not stages or stages[-1] != chunk.stage:
            stages.append(chunk.stage)

    play_task(robot, head, task, robot.look(task_phrases(task)), PIPELINE, on_chunk)
    return stages


def put(name: str, destination: str, relation: Relation) -> Task:
    skill = {Relation.IN: Skill.PUT_IN, Relation.ON: Skill.PUT_ON}.get(relation, Skill.PLACE)
    return Task(skill, name, destination, relation)


def test_pick_goes_through_its_stages_and_holds_the_thing_up():
    robot = FakeRobot([box("red cube", 0.5, 0.1)])
    stages = do(robot, Task(Skill.PICK, "red cube"))
    assert stages == ["approach", "descend", "grasp", "lift", "done"]
    assert robot.held is robot.named("red cube")
    assert robot.held.position_m[2] > 0.1


def test_put_in_ends_in_the_bowl_and_the_arm_at_home_open():
    robot = FakeRobot([box("red cube", 0.5, 0.1), bowl("white bowl", 0.45, -0.2)])
    do(robot, put("red cube", "white bowl", Relation.IN))
    np.testing.assert_allclose(robot.named("red cube").position_m[:2], [0.45, -0.2], atol=0.01)
    np.testing.assert_allclose(robot.T_base_tool, T_HOME, atol=1e-6)
    assert robot.opening == 1.0


def test_put_on_is_let_go_just_above_the_surface():
    robot = FakeRobot([box("red cube", 0.5, 0.1), box("box", 0.45, -0.2, (0.1, 0.1, 0.07))])
    let_go_at = []
    original = robot._let_go

    def record():
        let_go_at.append(robot.held.position_m[2] - robot.held.size_m[2] / 2.0)
        original()

    robot._let_go = record
    do(robot, put("red cube", "box", Relation.ON))
    assert 0.07 < let_go_at[0] < 0.08
    assert robot.named("red cube").position_m[2] == pytest.approx(0.095)


@pytest.mark.parametrize(
    ("relation", "direction"),
    [
        (Relation.LEFT_OF, [0.0, -1.0]),
        (Relation.RIGHT_OF, [0.0, 1.0]),
        (Relation.BEHIND, [-1.0, 0.0]),
        (Relation.IN_FRONT_OF, [1.0, 0.0]),
    ],
)
def test_beside_is_as_the_viewer_across_the_table_sees_it(relation, direction):
    robot = FakeRobot([box("red cube", 0.6, 0.3), box("can", 0.48, 0.0, (0.06, 0.06, 0.1))])
    do(robot, put("red cube", "can", relation))
    way = robot.named("red cube").position_m[:2] - [0.48, 0.0]
    assert way @ direction / np.linalg.norm(way) > 0.8
    assert 0.05 < np.linalg.norm(way) < 0.2


def test_beside_avoids_what_stands_there():
    things = [box("red cube", 0.6, 0.3), box("can", 0.48, 0.0, (0.06, 0.06, 0.1))]
    other = box("plate", 0.48, -0.11, (0.06, 0.06, 0.03))
    robot = FakeRobot([*things, other])
    do(robot, put("red cube", "can", Relation.LEFT_OF))
    cube = robot.named("red cube").position_m
    assert np.abs(cube[:2] - other.position_m[:2]).max() > 0.05
    assert cube[2] == pytest.approx(0.025)


def test_no_room_beside_is_said():
    crowd = [
        box(f"block {i} {j}", 0.25 + 0.09 * i, -0.36 + 0.09 * j, (0.07, 0.07, 0.05))
        for i in range(6)
        for j in range(8)
    ]
    held = box("red cube", 0.5, 0.405)
    robot = FakeRobot([held, *crowd])
    head = SkillHead(SKILLS, FACTS, T_HOME)
    with pytest.raises(TaskFailed, match="no free space behind the block 3 3"):
        do(robot, put("red cube", "block 3 3", Relation.BEHIND), head)


def test_what_is_carried_passes_over_tall_things():
    wall = box("wall", 0.5, 0.0, (0.3, 0.03, 0.25))
    robot = FakeRobot([box("red cube", 0.5, 0.25), wall, bowl("bowl", 0.5, -0.25)])
    lowest = []
    original = robot.tick

    def watch():
        original()
        if robot.held is not None and abs(robot.held.position_m[1]) < 0.04:
            lowest.append(robot.held.position_m[2] - robot.held.size_m[2] / 2.0)

    robot.tick = watch
    do(robot, put("red cube", "bowl", Relation.IN))
    assert min(lowest) > 0.25


def test_push_moves_the_closed_fingers_through_where_it_stood():
    robot = FakeRobot([box("red cube", 0.5, 0.0)])
    path = []
    original = robot.tick

    def watch():
        original()
        path.append(robot.T_base_tool[:3, 3].copy())

    robot.tick = watch
    do(robot, Task(Skill.PUSH, "red cube", None, Relation.LEFT_OF))
    low = np.array([p for p in path if p[2] < 0.04])
    assert low[0, 1] > 0.03
    assert low[:, 1].min() < -0.04
    assert np.abs(low[:, 0] - 0.5).max() < 0.01


class Blocked(FakeRobot):
    """Closed fingers that are low and empty get no further than a line."""

    def tick(self) -> None:
        before = self.T_base_tool
        super().tick()
        pushing = self.held is None and self.opening < 0.1 and self.T_base_tool[2, 3] < 0.04
        if pushing and self.T_base_tool[1, 3] < 0.03:
            self.T_base_tool = before


def test_where_a_push_is_blocked_the_thing_is_moved_in_the_grip_next_time():
    robot = Blocked([box("red cube", 0.5, 0.0)])
    head = SkillHead(SKILLS, FACTS, T_HOME)
    task = Task(Skill.PUSH, "red cube", None, Relation.LEFT_OF)
    with pytest.raises(TaskFailed) as failure:
        do(robot, task, head)
    assert failure.value.reason is TerminationReason.UNREACHABLE
    do(robot, task, head)
    np.testing.assert_allclose(robot.named("red cube").position_m, [0.5, -0.09, 0.025], atol=0.01)
    assert robot.held is None


def test_a_tall_thing_is_pushed_with_the_hand_above_it():
    robot = FakeRobot([box("can", 0.5, 0.0, (0.06, 0.06, 0.11))])
    heights = []
    original = robot.tick

    def watch():
        original()
        if robot.opening < 0.1 and robot.T_base_tool[2, 3] < 0.1:
            heights.append(robot.T_base_tool[2, 3])

    robot.tick = watch
    do(robot, Task(Skill.PUSH, "can", None, Relation.LEFT_OF))
    assert min(heights) + SKILLS.hand_height_m > 0.11
    assert min(heights) - FACTS.finger_depth_m < 0.55 * 0.11


def test_point_at_ends_above_the_thing():
    robot = FakeRobot([box("red cube", 0.5, 0.1)])
    do(robot, Task(Skill.POINT_AT, "red cube"))
    np.testing.assert_allclose(robot.T_base_tool[:2, 3], [0.5, 0.1], atol=1e-6)
    assert robot.T_base_tool[2, 3] > 0.05


def test_something_in_the_hand_that_nobody_saw_being_taken_is_held_above_the_thing_pointed_at():
    robot = FakeRobot([box("bottle", 0.4, -0.1, (0.05, 0.05, 0.16)), box("red cube", 0.5, 0.1)])
    do(robot, Task(Skill.PICK, "bottle"))
    newly_started = SkillHead(SKILLS, FACTS, T_HOME)
    do(robot, Task(Skill.POINT_AT, "red cube"), newly_started)
    bottle = robot.named("bottle")
    assert robot.held is bottle
    np.testing.assert_allclose(robot.T_base_tool[:2, 3], [0.5, 0.1], atol=1e-6)
    assert bottle.position_m[2] - bottle.size_m[2] / 2.0 > 0.05


def test_release_sets_down_what_is_held_before_letting_go():
    robot = FakeRobot([box("red cube", 0.5, 0.1)])
    head = SkillHead(SKILLS, FACTS, T_HOME)
    do(robot, Task(Skill.PICK, "red cube"), head)
    do(robot, Task(Skill.RELEASE), head)
    assert robot.held is None
    assert robot.opening == 1.0
    assert robot.named("red cube").position_m[2] == pytest.approx(0.025)


def test_going_home_keeps_what_is_held():
    robot = FakeRobot([box("red cube", 0.5, 0.1)])
    head = SkillHead(SKILLS, FACTS, T_HOME)
    do(robot, Task(Skill.PICK, "red cube"), head)
    do(robot, Task(Skill.HOME), head)
    assert robot.held is robot.named("red cube")
    np.testing.assert_allclose(robot.T_base_tool, T_HOME, atol=1e-6)


def test_a_drawer_is_pulled_out_by_its_handle():
    chest = Box("drawer", np.array([0.4, 0.2, 0.05]), np.array([0.14, 0.16, 0.1]), fixed=True)
    robot = FakeRobot([chest])
    handle = box("handle", 0.4 + 0.07 + 0.015, 0.2, (0.03, 0.012, 0.06)).target().points_m
    plain = chest.target

    def with_handle():
        target = plain()
        points = np.concatenate([target.points_m, handle + np.array([0.0, 0.0, 0.015])])
        return type(target)(
            target.phrase, target.box_px, target.T_base_object, target.extent_m, 1.0, None, points
        )

    chest.target = with_handle
    grips = []
    original = robot._move_fingers

    def hold_handle(wanted):
        original(wanted)
        if wanted < 0.5:
            robot.opening = max(robot.opening, 0.15)
            grips.append(robot.T_base_tool[:3, 3].copy())

    robot._move_fingers = hold_handle
    do(robot, Task(Skill.OPEN, "drawer"))
    grips = np.array(grips)
    np.testing.assert_allclose(grips[0, :2], [0.478, 0.2], atol=0.02)
    assert grips[-1, 0] - grips[0, 0] == pytest.approx(SKILLS.drawer_travel_m, abs=0.01)


def test_closing_on_nothing_is_a_failed_grasp_and_the_next_try_differs():
    robot = FakeRobot([box("red cube", 0.5, 0.1)], slippery=1)
    head = SkillHead(SKILLS, FACTS, T_HOME)
    task = Task(Skill.PICK, "red cube")
    with pytest.raises(TaskFailed, match="closed on nothing") as failure:
        do(robot, task, head)
    assert failure.value.reason is TerminationReason.GRASP_FAILED
    first = robot.T_base_tool.copy()
    do(robot, Task(Skill.HOME), head)
    do(robot, task, head)
    assert robot.held is not None
    turned = np.arccos(np.clip(first[:2, 0] @ robot.T_base_tool[:2, 0], -1.0, 1.0))
    moved = np.linalg.norm(first[:2, 3] - robot.T_base_tool[:2, 3])
    assert turned > 0.2 or moved > 0.005


def test_what_slips_on_the_way_is_dropped():
    robot = FakeRobot([box("red cube", 0.5, 0.2), bowl("bowl", 0.45, -0.2)], drops_at_m=0.1)
    with pytest.raises(TaskFailed, match="slipped out") as failure:
        do(robot, put("red cube", "bowl", Relation.IN))
    assert failure.value.reason is TerminationReason.DROPPED


def test_an_arm_that_does_not_move_is_said_so_in_bounded_time():
    robot = FakeRobot([box("red cube", 0.5, 0.1)], moves=False)
    with pytest.raises(TaskFailed, match="does not move") as failure:
        do(robot, Task(Skill.PICK, "red cube"))
    assert failure.value.reason is TerminationReason.CONTROLLER_NOT_MOVING
    assert robot.time_ns * 1e-9 < 10.0


def test_a_second_thing_is_not_picked_while_one_is_held():
    robot = FakeRobot([box("red cube", 0.5, 0.1), box("can", 0.4, -0.1)])
    head = SkillHead(SKILLS, FACTS, T_HOME)
    do(robot, Task(Skill.PICK, "red cube"), head)
    with pytest.raises(TaskFailed, match="already holds the red cube"):
        do(robot, Task(Skill.PICK, "can"), head)


def test_placing_without_holding_anything_is_refused():
    robot = FakeRobot([bowl("bowl", 0.45, -0.2)])
    with pytest.raises(TaskFailed, match="holds nothing"):
        do(robot, Task(Skill.PUT_IN, None, "bowl", Relation.IN))


def test_motionless_skills_are_no_motion():
    with pytest.raises(TaskFailed, match="not a motion"):
        do(FakeRobot([]), Task(Skill.DESCRIBE))
