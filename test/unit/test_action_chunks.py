"""A player gives a command at any tick, whatever the chunk's period."""

import numpy as np
import pytest

from vla_ros.action.chunks import ChunkPlayer
from vla_ros.action.motion import absolute_spec
from vla_ros.errors import SpecMismatch
from vla_ros.specs import ActionSpec, Representation, RotationFormat
from vla_ros.types import ActionChunk

SPEC = absolute_spec("base_link")
START_NS = 5_000_000_000


def chunk(rows: int = 3, spec: ActionSpec = SPEC) -> ActionChunk:
    actions = np.zeros((rows, 8))
    actions[:, 0] = 0.1 * np.arange(rows)
    actions[:, 6] = 1.0
    actions[:, 7] = np.linspace(1.0, 0.0, rows)
    return ActionChunk(actions, spec, 0.1, START_NS)


def x_at(player: ChunkPlayer, seconds: float) -> float:
    command = player.command_at(START_NS + round(seconds * 1e9))
    assert command is not None
    return float(command.T_base_tool[0, 3])


def test_rows_are_due_at_their_times_and_between_them_it_interpolates():
    player = ChunkPlayer(SPEC)
    player.play(chunk())
    assert x_at(player, 0.0) == pytest.approx(0.0)
    assert x_at(player, 0.1) == pytest.approx(0.1)
    assert x_at(player, 0.15) == pytest.approx(0.15)


def test_before_the_start_and_after_the_end_it_holds():
    player = ChunkPlayer(SPEC)
    player.play(chunk())
    assert x_at(player, -1.0) == pytest.approx(0.0)
    assert x_at(player, 60.0) == pytest.approx(0.2)


def test_commands_carry_frame_stamp_and_gripper():
    player = ChunkPlayer(SPEC)
    player.play(chunk())
    command = player.command_at(START_NS + 50_000_000)
    assert command is not None
    assert command.frame_id == "base_link"
    assert command.stamp_ns == START_NS + 50_000_000
    assert command.gripper_opening == pytest.approx(0.75)


def test_done_once_the_last_row_has_had_its_period():
    player = ChunkPlayer(SPEC)
    assert player.done(0)
    player.play(chunk())
    assert not player.done(START_NS + 299_000_000)
    assert player.done(START_NS + 300_000_000)


def test_nothing_played_gives_no_command():
    player = ChunkPlayer(SPEC)
    assert player.command_at(START_NS) is None
    player.play(chunk())
    player.clear()
    assert player.command_at(START_NS) is None


def test_another_convention_is_refused_naming_both():
    other = ActionSpec(Representation.DELTA, RotationFormat.QUATERNION_XYZW, "base_link")
    with pytest.raises(SpecMismatch, match=r"DELTA.*\n.*ABSOLUTE"):
        ChunkPlayer(SPEC).play(chunk(spec=other))


@pytest.mark.parametrize(
    "actions", [np.zeros((0, 8)), np.zeros((2, 7)), np.full((2, 8), np.nan), np.zeros(8)]
)
def test_broken_chunks_are_refused(actions):
    with pytest.raises(ValueError, match="chunk"):
        ChunkPlayer(SPEC).play(ActionChunk(actions, SPEC, 0.1, START_NS))
