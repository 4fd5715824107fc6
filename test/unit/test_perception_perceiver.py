from itertools import count

import numpy as np
import pytest
from perception_scenes import T_BASE_CAMERA, Ball, Box, Cylinder, Floor, K, box_of, cast, pose_z

from vla_ros.errors import GroundingError, ModelError, NoDepthError
from vla_ros.params import PerceptionParams
from vla_ros.perception.perceiver import Perceiver
from vla_ros.types import CameraFrame, Detection, Observation, RobotState

PARAMS = PerceptionParams()
SHAPES = [
    Floor(),
    Box(pose_z([0.5, 0.0, 0.03], 0.2), [0.06, 0.06, 0.06]),
    Cylinder(pose_z([0.5, -0.18, 0.05]), 0.03, 0.1),
    Cylinder(pose_z([0.5, 0.18, 0.05]), 0.03, 0.1),
    Ball([0.62, 0.05, 0.03], 0.03),
]
NAMES = {1: "red cube", 2: "can", 3: "can", 4: "ball"}
PICTURE = np.random.default_rng(0).integers(0, 256, (240, 320, 3), dtype=np.uint8)
TOOL_AWAY = np.array([[1.0, 0, 0, 0.3], [0, -1, 0, 0.0], [0, 0, -1, 0.6], [0, 0, 0, 1]])


class ScriptedGrounder:
    """Knows which shape has which name; counts how often it is asked."""

    def __init__(self, owner, names=NAMES, extra=()):
        self.boxes = [(name, box_of(owner == i)) for i, name in names.items() if (owner == i).any()]
        self.extra = list(extra)
        self.asked = []

    def ground(self, frame, phrases):
        self.asked.append(tuple(phrases))
        found = [Detection(p, b, 0.9) for n, b in self.boxes for p in phrases if p == n]
        return found + [d for d in self.extra if d.phrase in phrases]


def observe(shapes=SHAPES, T_base_tool=TOOL_AWAY, depth=None):
    cast_depth, owner = cast(shapes)
    depth = cast_depth if depth is None else depth
    frame = CameraFrame(PICTURE, depth, K, "optical", 42)
    robot = RobotState((), np.zeros(0), np.zeros(0), T_base_tool, 1.0, 42)
    return Observation({"front": frame}, {"front": T_BASE_CAMERA}, robot), owner


def look(phrases, shapes=SHAPES, *, extra=(), names=NAMES, params=PARAMS, tool=TOOL_AWAY):
    observation, owner = observe(shapes, tool)
    return Perceiver(ScriptedGrounder(owner, names, extra), params).look(observation, phrases)


def center(grounding, index=0):
    return grounding.targets[index].T_base_object[:3, 3]


def test_phrases_become_places():
    seen = look(["red cube", "ball"])
    np.testing.assert_allclose(center(seen.groundings["red cube"]), [0.5, 0, 0.03], atol=0.003)
    np.testing.assert_allclose(center(seen.groundings["ball"]), [0.62, 0.05, 0.03], atol=0.003)
    assert seen.stamp_ns == 42
    assert seen.groundings["ball"].targets[0].phrase == "ball"


def test_the_grounder_is_asked_once_for_every_atom():
    observation, owner = observe()
    grounder = ScriptedGrounder(owner)
    Perceiver(grounder, PARAMS).look(observation, ["can left of the red cube", "red cube", "ball"])
    assert grounder.asked == [("can", "red cube", "ball")]
    Perceiver(grounder, PARAMS).look(observation, [])
    assert len(grounder.asked) == 1


def test_relations_are_resolved_and_the_rest_are_obstacles():
    seen = look(["can left of the red cube"])
    found = seen.groundings["can left of the red cube"]
    assert len(found.targets) == 1
    np.testing.assert_allclose(center(found), [0.5, -0.18, 0.05], atol=0.003)
    rest = sorted(tuple(np.round(o.T_base_object[:2, 3], 2)) for o in seen.obstacles)
    assert rest == [(0.5, 0.0), (0.5, 0.18), (0.62, 0.05)]
    assert all(o.phrase == "" for o in seen.obstacles)


def test_several_matches_are_all_told():
    assert len(look(["can"]).groundings["can"].targets) == 2


def test_what_is_absent_is_said():
    grounding = look(["banana"]).groundings["banana"]
    assert grounding.targets == ()
    assert grounding.reason == "there is no banana"


def test_two_things_in_one_phrase_have_groundings_of_their_own():
    seen = look(["red cube and the ball"])
    both = seen.groundings["red cube and the ball"]
    np.testing.assert_allclose(center(both, 0), [0.5, 0, 0.03], atol=0.003)
    np.testing.assert_allclose(center(both, 1), [0.62, 0.05, 0.03], atol=0.003)
    assert len(seen.groundings["red cube"].targets) == 1
    assert len(seen.groundings["the ball"].targets) == 1
    assert look(["red cube and banana"]).groundings["red cube and banana"].targets == ()


def test_faint_and_double_detections_are_dropped():
    _, owner = observe()
    cube, ball = box_of(owner == 1), box_of(owner == 4)
    extra = [
        Detection("red cube", ball, 0.3),
        Detection("red cube", cube + np.array([1.0, 0.0, 1.0, 0.0]), 0.8),
        Detection("red cube", np.array([0.0, 0.0, 320.0, 240.0]), 0.99),
    ]
    assert len(look(["red cube"], extra=extra).groundings["red cube"].targets) == 1


def test_one_box_may_answer_two_phrases():
    _, owner = observe()
    extra = [Detection("block", box_of(owner == 1), 0.9)]
    seen = look(["red cube", "block"], extra=extra)
    np.testing.assert_allclose(
        center(seen.groundings["red cube"]), center(seen.groundings["block"])
    )


def test_a_detection_that_cannot_be_placed_gives_the_reason():
    extra = [Detection("sticker", np.array([150.0, 200.0, 170.0, 215.0]), 0.9)]
    grounding = look(["sticker"], extra=extra).groundings["sticker"]
    assert grounding.targets == ()
    assert "above the table" in grounding.reason


def test_a_box_is_no_taller_for_what_stands_on_it():
    shapes = [
        Floor(),
        Box(pose_z([0.5, 0.0, 0.095], 0.3), [0.045, 0.045, 0.05]),
        Box(pose_z([0.5, 0.0, 0.035]), [0.12, 0.12, 0.07]),
    ]
    _, owner = observe(shapes)
    both = Detection("box", box_of(owner >= 1), 0.9)
    seen = look(
        ["red cube", "box", "red cube on the box"], shapes, names={1: "red cube"}, extra=[both]
    )
    box = seen.groundings["box"].targets[0]
    np.testing.assert_allclose(box.T_base_object[:3, 3], [0.5, 0.0, 0.035], atol=0.004)
    np.testing.assert_allclose(box.extent_m, [0.12, 0.12, 0.07], atol=0.008)
    assert len(seen.groundings["red cube on the box"].targets) == 1
    alone = look(["box"], shapes, names={}, extra=[both]).groundings["box"].targets[0]
    assert alone.extent_m[2] > 0.11


def test_the_hand_is_no_thing_but_what_it_holds_is():
    tool = TOOL_AWAY.copy()
    tool[:3, 3] = [0.5, 0.3, 0.15]
    hand = Box(pose_z([0.5, 0.3, 0.27]), [0.08, 0.08, 0.1])
    held = Box(pose_z([0.5, 0.3, 0.15]), [0.04, 0.04, 0.04])
    names = {1: "red cube", 5: "box", 6: "cube"}
    seen = look(["red cube", "box", "cube"], [*SHAPES, hand, held], names=names, tool=tool)
    assert seen.groundings["box"].targets == ()
    assert "robot itself" in seen.groundings["box"].reason
    assert len(seen.groundings["cube"].targets) == 1
    places = [o.T_base_object[:2, 3] for o in seen.obstacles]
    assert all(np.linalg.norm(place - [0.5, 0.3]) > 0.1 for place in places)
    assert len(places) == 3


def test_depth_that_is_all_missing_is_an_error():
    observation, owner = observe(depth=np.full((240, 320), np.nan, np.float32))
    with pytest.raises(NoDepthError):
        Perceiver(ScriptedGrounder(owner), PARAMS).look(observation, ["ball"])


def test_a_missing_camera_is_named():
    observation, owner = observe()
    params = PerceptionParams(camera="ceiling")
    with pytest.raises(GroundingError, match=r"'ceiling'.*\['front'\]"):
        Perceiver(ScriptedGrounder(owner), params).look(observation, ["ball"])


@pytest.mark.parametrize(
    "broken",
    [
        Detection("what", np.array([0.0, 0, 9, 9]), 0.9),
        Detection("ball", np.array([0.0, 0, np.nan, 9]), 0.9),
        Detection("ball", np.array([0.0, 0, 9, 9]), float("nan")),
    ],
)
def test_a_grounder_that_breaks_its_promise(broken):
    class Broken:
        def ground(self, frame, phrases):
            return [broken]

    observation, _ = observe()
    with pytest.raises(ModelError):
        Perceiver(Broken(), PARAMS).look(observation, ["ball"])


def test_timings_come_from_the_clock_that_was_given():
    observation, owner = observe()
    ticks = count()
    perceiver = Perceiver(ScriptedGrounder(owner), PARAMS, lambda: float(next(ticks)))
    perceived = perceiver.perceive(observation, ["ball"])
    assert perceived.ground_s == 1.0
    assert perceived.lift_s == 2.0
    assert [d.phrase for d in perceived.detections] == ["ball"]


def test_one_phrase_of_many_means_what_it_means_alone():
    phrases = ("red cube", "can", "can left of the red cube", "ball", "hammer")
    observation, owner = observe()
    perceiver = Perceiver(ScriptedGrounder(owner), PARAMS)
    sight = perceiver.see(observation, phrases)
    assert len(perceiver.grounder.asked) == 1
    for phrase in phrases:
        alone = perceiver.look(observation, [phrase]).groundings[phrase]
        among = perceiver.understand(sight, phrase)
        assert [t.T_base_object.tolist() for t in among.targets] == [
            t.T_base_object.tolist() for t in alone.targets
        ]
        assert among.reason == alone.reason


def test_one_box_that_answers_two_phrases_is_one_thing_with_two_scores():
    observation, owner = observe()
    (box,) = (box_of(owner == 1),)
    extra = [Detection("cube", box, 0.7)]
    found = Perceiver(ScriptedGrounder(owner, extra=extra), PARAMS).look(
        observation, ["red cube", "cube"]
    )
    red, plain = found.groundings["red cube"].targets[0], found.groundings["cube"].targets[0]
    assert (red.phrase, red.score, plain.phrase, plain.score) == ("red cube", 0.9, "cube", 0.7)
    np.testing.assert_array_equal(red.T_base_object, plain.T_base_object)


def test_a_faint_match_counts_only_where_a_relation_leaves_no_better_one():
    observation, owner = observe()
    boxes = {i: box_of(owner == i) for i in (2, 3)}
    scores = [Detection("can", boxes[2], 1.0), Detection("can", boxes[3], 0.55)]
    grounder = ScriptedGrounder(owner, {1: "red cube"}, scores)
    phrases = ["can", "can left of the red cube", "can right of the red cube"]
    found = Perceiver(grounder, PARAMS).look(observation, phrases).groundings
    assert [t.score for t in found["can"].targets] == [1.0], "a faint second one is an error"
    sides = [found[phrase].targets for phrase in phrases[1:]]
    assert sorted(t.score for targets in sides for t in targets) == [0.55, 1.0]
    assert all(len(targets) == 1 for targets in sides)
