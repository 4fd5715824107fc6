"""What holds an arm gives way to where it rests: no jump when its controller comes back."""

from __future__ import annotations

import numpy as np
import pytest
from control_rig import SAFETY, Rig, oracle_poses

from vla_ros.geometry import tool_down
from vla_ros.types import GateStatus

LEFT = tool_down(np.array([0.50, 0.25, 0.30]), 0.4)
ALLOWED_RAD = SAFETY.max_tracking_error_rad


def left_behind(share: float) -> Rig:
    """Return a rig at rest whose arm stayed that share of what is allowed behind what was sent."""
    rig = Rig()
    rig.run(60, LEFT)
    rig.run(60)
    assert rig.gate.at_rest and off_rad(rig) == 0.0
    rig.q[1] -= share * ALLOWED_RAD
    return rig


def off_rad(rig: Rig) -> float:
    return float(np.abs(rig.command.joint_positions_rad - rig.q).max())


def test_an_arm_that_stayed_behind_is_held_where_it_rests():
    rig = left_behind(0.9)
    sent = np.array([c.joint_positions_rad for c in rig.run(100, follow=False)])
    assert rig.command.status is GateStatus.HOLDING and rig.gate.at_rest
    assert off_rad(rig) < 0.1 * ALLOWED_RAD
    steps_m = np.linalg.norm(np.diff(oracle_poses(sent)[:, :3, 3], axis=0), axis=1)
    limit_m = SAFETY.max_tool_speed_m_s / SAFETY.control_rate_hz
    assert 0.0 < steps_m.max() <= limit_m * (1 + 1e-6), "within its limits"


def test_so_it_is_after_a_stop_that_was_asked_for():
    rig = left_behind(0.9)
    rig.gate.stop("stop was asked for")
    rig.run(100, follow=False)
    assert rig.command.status is GateStatus.STOPPED and off_rad(rig) < 0.1 * ALLOWED_RAD


@pytest.mark.parametrize("end", ["estop", "disarm"])
def test_after_an_e_stop_nothing_new_is_sent(end):
    rig = left_behind(0.9)
    held = rig.command.joint_positions_rad
    getattr(rig.gate, end)("the test")
    sent = [c.joint_positions_rad for c in rig.run(100, follow=False)]
    assert all(q is None or np.array_equal(q, held) for q in sent) and sent[-1] is None


def test_an_arm_that_sags_a_little_is_held_where_it_was_sent():
    rig = left_behind(0.2)
    held = rig.command.joint_positions_rad
    rig.run(100, follow=False)
    np.testing.assert_array_equal(rig.command.joint_positions_rad, held)


def test_an_arm_that_sags_after_what_it_is_sent_sinks_no_further_than_once():
    rig = left_behind(0.9)
    behind = rig.command.joint_positions_rad - rig.q
    begun = rig.q.copy()
    for _ in range(400):
        rig.tick(follow=False)
        rig.q = rig.command.joint_positions_rad - behind
    assert np.abs(rig.q - begun).max() <= 1.1 * np.abs(behind).max()
    rig.run(5, LEFT)
    assert not rig.gate.at_rest, "and it goes on when it is asked to"
