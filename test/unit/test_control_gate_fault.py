"""What the gate reports as broken: not that nobody asks it for anything."""

import numpy as np
from control_rig import HOME, MS, Rig

from vla_ros.geometry import tool_down
from vla_ros.types import GateStatus

LEFT = tool_down(np.array([0.50, 0.25, 0.30]), 0.4)


def test_an_arm_that_obeys_or_rests_has_no_fault():
    rig = Rig()
    rig.run(5)
    assert rig.gate.fault == "", "nobody has asked for anything"
    rig.run(400, LEFT)
    assert rig.gate.fault == ""
    rig.run(60)
    assert rig.command.status is GateStatus.HOLDING and rig.gate.fault == ""


def test_requests_that_end_while_the_arm_moves_are_a_fault_until_others_come():
    rig = Rig()
    rig.run(60, LEFT)
    assert not rig.gate.at_rest
    rig.run(60)
    assert rig.gate.at_rest, "it is held"
    assert "ended while the arm moved" in rig.gate.fault and " s old" in rig.gate.fault
    rig.run(3, LEFT)
    assert rig.gate.fault == ""


def test_requests_may_end_while_the_arm_still_creeps_to_where_it_was_asked_to_be():
    rig = Rig(max_tool_speed_m_s=0.015)
    rig.run(99, LEFT)
    before = rig.q
    rig.tick(LEFT)
    assert 0.02 < np.abs(rig.q - before).max() / 0.01 < 0.05, "as at the end of an instruction"
    rig.run(60)
    assert rig.command.status is GateStatus.HOLDING and rig.gate.fault == ""


def test_after_a_stop_nobody_is_missed():
    rig = Rig()
    rig.run(60, LEFT)
    rig.gate.stop("stop was asked for")
    rig.run(60)
    assert rig.gate.fault == ""


def test_joint_states_that_stop_are_a_fault():
    rig = Rig()
    rig.run(60, LEFT)
    for _ in range(30):
        rig.now += 10 * MS
        rig.gate.tick(rig.now)
    assert "the newest joint state is" in rig.gate.fault


def test_an_arm_that_does_not_follow_is_a_fault():
    rig = Rig()
    for _ in range(200):
        rig.tick(LEFT)
        rig.q = HOME.copy()
    assert "controller does not run" in rig.gate.fault


def test_a_clock_that_went_back_is_a_fault_until_the_arm_is_heard_of():
    rig = Rig()
    rig.run(60, LEFT)
    rig.gate.tick(rig.now - 2000 * MS)
    assert "the clock went back by 2.0" in rig.gate.fault
