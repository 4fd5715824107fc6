"""Stop, cancel and e-stop rest the arm within 100 ms of simulated time at each stage of a pick."""

from __future__ import annotations

import numpy as np
import pytest
from tabletop_rig import CUBE, TEXT, TICK_NS, Rig

from vla_ros.errors import SafetyError, TerminationReason
from vla_ros.types import GateStatus

WITHIN_NS = 100_000_000
STAGES = ("approach", "descend", "grasp", "lift", "transport", "place", "retreat")
CARRYING = ("lift", "transport", "place")
WAYS = {
    "stop": (lambda rig: rig.gate.stop("somebody said stop"), "STOPPED"),
    "cancel": (lambda rig: rig.robot.cancel(), "CANCELED"),
    "estop": (lambda rig: rig.gate.estop("the red button"), "ESTOPPED"),
}


@pytest.fixture(scope="module")
def fastest_ns(new_rig) -> dict[str, int]:
    """When the arm is fastest in each stage of an undisturbed run."""
    rig = new_rig()
    outcome = rig.run(TEXT)
    assert outcome.success, outcome.message
    fastest = {
        stage: max((m for m in rig.moments if m.stage == stage), key=lambda m: m.joint_rad_s)
        for stage in {m.stage for m in rig.moments}
    }
    return {stage: moment.time_ns for stage, moment in fastest.items()}


def say_at(rig: Rig, time_ns: int, way: str) -> list[str]:
    """Say stop once at a time; return the list of stages in which it was said."""
    said: list[str] = []

    def on_tick(moment) -> None:
        if moment.time_ns >= time_ns and not said:
            said.append(moment.stage)
            WAYS[way][0](rig)

    rig.on_tick = on_tick
    return said


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("stage", STAGES)
def test_it_rests_within_100_ms_and_stays(rig, fastest_ns, stage, way):
    said = say_at(rig, fastest_ns[stage], way)
    outcome = rig.run(TEXT)
    assert said == [stage]
    assert outcome.reason is TerminationReason[WAYS[way][1]], outcome.message
    assert outcome.message
    held_then = rig.holds(CUBE)
    rig.wait(1.2)
    # A message may come right after a tick; then it waits for the next one.
    rested_ns = rig.last_moved_ns() + TICK_NS - fastest_ns[stage] + TICK_NS
    print(f"{stage} {way}: at rest after {rested_ns / 1e6:.0f} ms")
    assert rested_ns <= WITHIN_NS
    assert held_then == rig.holds(CUBE), "a stop lets go of nothing and takes nothing"
    if stage in CARRYING:
        assert held_then or stage == "lift"


@pytest.mark.parametrize("way", ["stop", "cancel"])
def test_what_is_held_is_put_where_it_belongs_after_a_stop(rig, fastest_ns, way):
    say_at(rig, fastest_ns["transport"], way)
    assert not rig.run(TEXT).success
    rig.wait(0.3)
    outcome = rig.run("put it in the bowl")
    assert outcome.success, outcome.message
    truth = rig.environment.truth()
    bowl = next(thing for thing in truth.values() if thing.kind == "bowl")
    offset_m = truth[CUBE].T_base_object[:2, 3] - bowl.T_base_object[:2, 3]
    assert np.linalg.norm(offset_m) < bowl.extent_m[0] / 2.0


def test_the_same_instruction_works_after_a_stop_on_the_way(rig, fastest_ns):
    say_at(rig, fastest_ns["approach"], "stop")
    assert rig.run(TEXT).reason is TerminationReason.STOPPED
    outcome = rig.run(TEXT)
    assert outcome.success, outcome.message


def test_the_estop_is_latched_until_reset_and_armed(rig, fastest_ns):
    say_at(rig, fastest_ns["lift"], "estop")
    assert rig.run(TEXT).reason is TerminationReason.ESTOPPED
    rig.wait(0.3)
    seen = len(rig.moments)
    refused = rig.run("go home")
    assert refused.reason is TerminationReason.ESTOPPED and "red button" in refused.message
    with pytest.raises(SafetyError, match="reset"):
        rig.gate.arm()
    rig.gate.reset_estop()
    rig.wait(0.3)
    assert rig.robot.gate().status is GateStatus.DISARMED, "a reset alone arms nothing"
    assert all(moment.still for moment in rig.moments[seen:])
    outcome = rig.run("go home")
    assert outcome.success, outcome.message
