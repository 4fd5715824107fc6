"""What was let go is followed by its surface where no detector names it; planted by hand."""

from dataclasses import replace

import numpy as np
import pytest
from action_fakes import Box, bowl, box

from vla_ros.action.change import Presence, new_surface, presence, surface_of
from vla_ros.action.held import Held, LetGo
from vla_ros.action.tracking import find_again, left_at_release, places_now
from vla_ros.action.verify import Evidence, verify
from vla_ros.geometry import tool_down
from vla_ros.types import Relation, Skill, Target, Task

CUBE = box("red cube", 0.5, 0.1)
BOWL = bowl("bowl", 0.45, -0.2)
BLOCK = box("block", 0.4, 0.25, (0.06, 0.06, 0.05))
BYSTANDER = box("can", 0.6, 0.25, (0.03, 0.06, 0.09))


def moved(thing: Box, x: float, y: float, bottom: float = 0.0) -> Box:
    return replace(thing, position_m=np.array([x, y, bottom + thing.size_m[2] / 2.0]))


def unnamed(*things: Box) -> list[Target]:
    return [replace(thing.target(), phrase="") for thing in things]


def released_at(x: float, y: float, bottom: float = 0.0) -> LetGo:
    held = Held(
        phrase="red cube",
        bottom_m=0.025,
        extent_m=CUBE.size_m,
        turn_rad=0.0,
        offset_m=np.zeros(2),
        width_m=0.04,
        place_m=CUBE.position_m[:2],
        target=CUBE.target(),
    )
    tool = tool_down(np.array([x, y, bottom + 0.025]), 0.4)
    return LetGo(held, held.box_at(tool))


def told(relation: Relation | None, place: Box | None, seen: list[Target], **changes) -> Evidence:
    skill = {Relation.IN: Skill.PUT_IN, Relation.ON: Skill.STACK}.get(relation, Skill.PLACE)
    destination = None if place is None else place.name
    values = {
        "task": Task(skill, "red cube", destination, relation),
        "name": "red cube",
        "before": CUBE.target(),
        "others": (),
        "after": (),
        "places": (),
        "places_before": () if place is None else (place.target(),),
        "T_base_tool": tool_down(np.array([0.3, 0.0, 0.45]), 0.0),
        "holding": False,
        "viewer_yaw_rad": np.pi,
        "seen_before": [thing.target() for thing in (CUBE, BOWL, BLOCK, BYSTANDER)],
        "seen_after": seen,
    }
    return Evidence(**(values | changes))


def test_presence_by_surface():
    surface = surface_of([CUBE.target(), BOWL.target()])
    assert presence(CUBE.target(), surface) is Presence.THERE
    assert presence(CUBE.target(), surface_of([BOWL.target()])) is Presence.GONE
    assert presence(CUBE.target(), np.zeros((0, 3))) is Presence.UNKNOWN


def test_new_surface_is_what_was_not_there():
    before = surface_of([BOWL.target()])
    fresh = new_surface(surface_of([BOWL.target(), CUBE.target()]), before)
    assert len(fresh) > 20
    assert np.all(np.abs(fresh - CUBE.position_m) <= CUBE.size_m / 2.0 + 1e-9)


def test_box_at_follows_the_tool():
    held = replace(released_at(0.0, 0.0).held, offset_m=np.array([0.01, 0.0]), turn_rad=0.3)
    T = held.box_at(tool_down(np.array([0.4, 0.1, 0.2]), np.pi / 2.0))
    np.testing.assert_allclose(T[:3, 3], [0.4, 0.11, 0.2])  # 25 mm below, half of 50 mm up
    assert np.arctan2(T[1, 0], T[0, 0]) == pytest.approx(np.pi / 2.0 + 0.3)


def test_what_was_let_go_is_found_by_its_new_surface_though_nobody_names_it():
    after = unnamed(moved(CUBE, 0.412, 0.243, 0.05), BOWL, BLOCK, BYSTANDER)
    evidence = told(Relation.ON, BLOCK, after, let_go=released_at(0.4, 0.25, 0.05))
    left = left_at_release(evidence)
    assert left is not None
    np.testing.assert_allclose(left.T_base_object[:3, 3], [0.412, 0.243, 0.075], atol=0.004)
    assert verify(evidence).success


def test_nothing_new_where_it_was_let_go_is_no_success():
    after = unnamed(BOWL, BLOCK, BYSTANDER)
    verdict = verify(told(Relation.ON, BLOCK, after, let_go=released_at(0.4, 0.25, 0.05)))
    assert not verdict.success and verdict.unsure


def test_its_like_elsewhere_casts_doubt_on_what_nobody_names():
    other = moved(CUBE, 0.62, -0.1)
    after = unnamed(moved(CUBE, 0.4, 0.25, 0.05), BOWL, BLOCK, BYSTANDER, other)
    verdict = verify(told(Relation.ON, BLOCK, after, let_go=released_at(0.4, 0.25, 0.05)))
    assert not verdict.success and "elsewhere" in verdict.reason


def test_fallen_off_it_is_found_beside():
    after = unnamed(moved(CUBE, 0.47, 0.25), BOWL, BLOCK, BYSTANDER)
    verdict = verify(told(Relation.ON, BLOCK, after, let_go=released_at(0.4, 0.25, 0.05)))
    assert not verdict.success
    np.testing.assert_allclose(verdict.where[0].T_base_object[:2, 3], [0.47, 0.25], atol=0.01)


def test_another_thing_in_its_stead_is_no_success_while_it_stands_where_it_stood():
    after = unnamed(CUBE, moved(BYSTANDER, 0.4, 0.25, 0.05), BOWL, BLOCK)
    verdict = verify(told(Relation.ON, BLOCK, after, let_go=released_at(0.4, 0.25, 0.05)))
    assert not verdict.success and "still stands where it was" in verdict.reason


def test_a_destination_that_nobody_names_any_more_is_where_its_surface_is():
    after = unnamed(moved(CUBE, 0.45, -0.2, 0.006), BOWL, BLOCK, BYSTANDER)
    evidence = told(Relation.IN, BOWL, after, let_go=released_at(0.45, -0.2, 0.04))
    assert [place.phrase for place in places_now(evidence)] == ["bowl"]
    assert verify(evidence).success


@pytest.mark.parametrize("named", [False, True])
def test_a_destination_that_was_moved_is_not_where_it_was(named):
    gone = moved(BOWL, 0.6, 0.0)
    after = unnamed(moved(CUBE, 0.45, -0.2), gone, BLOCK, BYSTANDER)
    places = (gone.target(),) if named else ()
    evidence = told(Relation.IN, BOWL, after, places=places, let_go=released_at(0.45, -0.2, 0.04))
    verdict = verify(evidence)
    assert not verdict.success
    assert ("not to be seen" in verdict.reason) is not named


@pytest.mark.parametrize("named", [True, False])
def test_what_fell_where_a_destination_stood_is_not_on_it(named):
    """It is a little larger, so that its own surface is about where the destination's was."""
    foot = box("block", 0.4, 0.25, (0.036, 0.046, 0.042))
    stead, away = moved(CUBE, 0.4, 0.25), moved(foot, 0.6, -0.1)
    evidence = told(
        Relation.ON,
        foot,
        unnamed(stead, BOWL, away, BYSTANDER),
        after=(stead.target(),),
        places=(away.target(),) if named else (),
        seen_before=[thing.target() for thing in (CUBE, BOWL, foot, BYSTANDER)],
        let_go=released_at(0.4, 0.25, 0.042),
    )
    assert not verify(evidence).success
    if named:
        assert places_now(evidence)[0].T_base_object[0, 3] == 0.6


def test_it_is_hidden_in_a_bowl_only_where_it_was_let_go_over_it():
    after = unnamed(BOWL, BLOCK, BYSTANDER)
    over = told(Relation.IN, BOWL, after, let_go=released_at(0.46, -0.2, 0.06))
    assert verify(over).success
    beside = told(Relation.IN, BOWL, after, let_go=released_at(0.53, -0.2, 0.06))
    assert not verify(beside).success


def test_a_thing_that_never_moved_but_fits_the_name_better_casts_doubt():
    rival = replace(BYSTANDER.target(), phrase="red cube", score=0.9)
    own = replace(CUBE.target(), score=0.6)
    after = [*unnamed(moved(CUBE, 0.4, 0.25, 0.05), BOWL, BLOCK), rival]
    evidence = told(
        Relation.ON, BLOCK, after, after=[rival], let_go=released_at(0.4, 0.25, 0.05), before=own
    )
    verdict = verify(evidence)
    assert not verdict.success and "looks more like" in verdict.reason
    sure = replace(evidence, before=replace(own, score=0.99))
    assert verify(sure).success


def test_a_picked_thing_whose_surface_is_still_there_was_not_picked():
    task = Task(Skill.PICK, "red cube")
    stays = told(None, None, unnamed(CUBE, BOWL), task=task, holding=True)
    assert not verify(stays).success
    assert verify(replace(stays, seen_after=unnamed(BOWL, BLOCK))).success


def test_put_down_means_on_the_table_where_the_fingers_opened():
    task = Task(Skill.RELEASE)
    here = released_at(0.6, 0.0)
    seen_before = unnamed(BOWL, BLOCK, BYSTANDER)

    def put(*after: Box) -> bool:
        evidence = told(
            None, None, unnamed(*after), task=task, let_go=here, seen_before=seen_before
        )
        return verify(evidence).success

    assert put(BOWL, BLOCK, BYSTANDER, moved(CUBE, 0.605, 0.004))
    assert not put(BOWL, BLOCK, BYSTANDER)
    assert not put(BOWL, BLOCK, BYSTANDER, moved(CUBE, 0.6, 0.0, 0.05))


def test_a_push_is_measured_on_the_thing_itself_though_nobody_names_it():
    task = Task(Skill.PUSH, "red cube", None, Relation.LEFT_OF)
    evidence = told(None, None, unnamed(moved(CUBE, 0.5, 0.02), BOWL, BLOCK), task=task)
    verdict = verify(evidence)
    assert verdict.success, verdict.reason
    assert not verify(replace(evidence, seen_after=unnamed(CUBE, BOWL, BLOCK))).success
    aside = replace(evidence, seen_after=unnamed(moved(CUBE, 0.42, 0.06), BOWL, BLOCK))
    assert not verify(aside).success


def test_find_again_needs_something_to_look_for():
    nobody = told(None, None, unnamed(BOWL), before=None)
    assert find_again(nobody) is None
