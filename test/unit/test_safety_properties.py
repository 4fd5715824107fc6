"""Whatever is requested, whenever: what is sent keeps every limit, by the arm's DH table."""

import numpy as np
from control_rig import HOME, MS, ROBOT, Rig, oracle_poses
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from vla_ros.errors import SafetyError
from vla_ros.geometry import pose
from vla_ros.types import GateStatus, ToolCommand

LIMITS = {
    "max_tool_speed_m_s": 0.4,
    "max_tool_acceleration_m_s2": 4.0,
    "max_tool_jerk_m_s3": 200.0,
    "max_tool_turn_speed_rad_s": 1.5,
    "workspace_min_m": (0.25, -0.2, 0.0),
    "workspace_max_m": (0.6, 0.25, 0.5),
    "keep_out_m": (0.4, 0.05, 0.0, 0.5, 0.15, 0.2),
}
POST = np.array(LIMITS["keep_out_m"]).reshape(2, 3)

numbers = st.one_of(st.floats(-1.0, 1.0), st.sampled_from([np.nan, np.inf, 1e9, -1e9]))
near = st.tuples(st.floats(0.2, 0.7), st.floats(-0.4, 0.4), st.floats(-0.1, 0.6))
turns = st.tuples(*[st.floats(-3.0, 3.0)] * 3)
good_poses = st.tuples(near, turns).map(
    lambda parts: pose(
        np.array(parts[0]),
        Rotation.from_euler("x", np.pi) * Rotation.from_rotvec(0.5 * np.array(parts[1])),
    )
)
wild_poses = st.lists(numbers, min_size=12, max_size=12).map(
    lambda values: np.vstack([np.array(values).reshape(3, 4), [0.0, 0.0, 0.0, 1.0]])
)
requests = st.tuples(
    st.one_of(good_poses, good_poses, good_poses, wild_poses),
    st.one_of(st.floats(0.0, 1.0), st.just(np.nan)),
    st.sampled_from([ROBOT.base_frame] * 6 + ["world", ""]),
    st.sampled_from([0] * 6 + [-40, -1000, 15, 500]),
)
# Each stretch keeps one request for a while, at ticks of some lengths [us].
stretches = st.lists(
    st.tuples(
        requests,
        st.lists(
            st.sampled_from([10_000] * 6 + [700, 3_000, 14_000, 18_000, 25_000, 70_000]),
            min_size=1,
            max_size=12,
        ),
        st.sampled_from(["follow"] * 6 + ["silent", "broken", "blocked"]),
    ),
    min_size=1,
    max_size=8,
)


def play(rig, plan, after_tick=lambda rig: None):
    """Run a plan; return times [s] and sent joint positions from the start on."""
    times, sent = [rig.now * 1e-9], [rig.q.copy()]
    for (T, opening, frame, shift_ms), ticks_us, arm in plan:
        for duration_us in ticks_us:
            rig.now += duration_us * 1000
            stamp = rig.now + shift_ms * MS
            rig.gate.accept(ToolCommand(T, opening, frame, stamp), rig.now)
            if arm == "broken":
                rig.report(joint_positions_rad=np.full(7, np.nan))
            elif arm != "silent":
                rig.report()
            command = rig.gate.tick(rig.now)
            assert (command.reason == "") == (command.status is GateStatus.OK)
            if command.joint_positions_rad is not None:
                times.append(rig.now * 1e-9)
                sent.append(command.joint_positions_rad)
                if arm == "follow":
                    rig.q = command.joint_positions_rad
            after_tick(rig)
    return np.array(times), np.array(sent)


def check_limits(rig, times, sent):
    envelope = rig.gate._motion.envelope
    assert np.all((envelope.lower_rad - 1e-8 <= sent) & (sent <= envelope.upper_rad + 1e-8))
    durations = np.diff(times)[:, None]
    velocity = np.diff(sent, axis=0) / durations
    assert np.all(np.abs(velocity) <= envelope.speed_rad_s + 1e-6)
    change = np.diff(np.vstack([np.zeros(7), velocity]), axis=0)
    # Mean velocities of neighbouring ticks are half of both apart; a step acts within its own tick.
    apart = (durations + np.vstack([durations[:1], durations[:-1]])) / 2.0
    allowed = envelope.stop_rad_s2 * np.maximum(durations, apart)
    assert np.all(np.abs(change) <= allowed + 1e-6)


def check_tool(times, sent):
    poses = oracle_poses(sent)
    places = poses[:, :3, 3]
    assert np.all(np.array(LIMITS["workspace_min_m"]) - 1e-6 <= places)
    assert np.all(places <= np.array(LIMITS["workspace_max_m"]) + 1e-6)
    tips = places + ROBOT.finger_depth_m * poses[:, :3, 2]
    assert tips[:, 2].min() >= -1e-6
    for points in (places, tips):
        assert not np.any(np.all((POST[0] + 1e-5 < points) & (points < POST[1] - 1e-5), axis=1))
    speeds = np.linalg.norm(np.diff(places, axis=0), axis=1) / np.diff(times)
    assert np.all(speeds <= LIMITS["max_tool_speed_m_s"] * 1.001)
    turning = Rotation.from_matrix(poses[1:, :3, :3] @ poses[:-1, :3, :3].transpose(0, 2, 1))
    turn_speeds = turning.magnitude() / np.diff(times)
    assert np.all(turn_speeds <= LIMITS["max_tool_turn_speed_rad_s"] * 1.001)


leads = st.sampled_from([0.005, 0.015, 0.025, 0.04])


@given(stretches, leads)
@settings(max_examples=25, deadline=None)
def test_every_limit_is_kept(plan, lead_s):
    rig = Rig(**LIMITS, trajectory_lead_s=lead_s)
    times, sent = play(rig, plan)
    check_limits(rig, times, sent)
    check_tool(times, sent)


@given(stretches, st.sampled_from(["stop", "estop", "disarm"]))
@settings(max_examples=15, deadline=None)
def test_a_stop_brings_it_to_rest_from_any_state(plan, how):
    rig = Rig(**LIMITS)
    times, sent = play(rig, plan)
    if how == "stop":
        rig.gate.stop("stop")
    else:
        getattr(rig.gate, how)()
    T = pose(np.array([0.5, -0.2, 0.4]), Rotation.from_euler("x", np.pi))
    endless = [((T, 0.0, ROBOT.base_frame, 0), [10_000] * 12, "follow")]
    more_times, more = play(rig, endless)
    # The first tick brakes already; the last one of the stop time does not move any more.
    resting = more[more_times - more_times[0] >= rig.gate.params.stop_time_s - 0.01 - 1e-6]
    assert np.all(resting == more[-1])
    all_times = np.concatenate([times, more_times[1:]])
    all_sent = np.concatenate([sent, more[1:]])
    check_tool(all_times, all_sent)


@given(stretches)
@settings(max_examples=10, deadline=None)
def test_an_estop_stays_whatever_comes(plan):
    rig = Rig(**LIMITS)
    play(rig, plan[:2])
    rig.gate.estop("red button")

    def try_everything(rig):
        rig.gate.stop("stop")
        rig.gate.disarm()
        try:
            rig.gate.arm()
        except SafetyError:
            return
        raise AssertionError("armed while e-stopped")

    _, sent = play(rig, plan, after_tick=try_everything)
    assert rig.gate._last.status is GateStatus.ESTOPPED
    total = sum(sum(ticks) for _, ticks, _ in plan) * 1e-6
    if total > rig.gate.params.stop_time_s + 0.02:
        assert rig.gate._last.joint_positions_rad is None
    assert np.abs(sent[-1] - sent[0]).max() <= 1.4 * (rig.gate.params.stop_time_s + 0.02)


@given(st.lists(st.tuples(st.integers(-3_000, 200), good_poses), min_size=2, max_size=12))
@settings(max_examples=15, deadline=None)
def test_a_clock_that_jumps_never_makes_it_jump(plan):
    rig = Rig(**LIMITS)
    last, was_sending = rig.q, True
    for jump_ms, T in plan:
        rig.now = max(MS, rig.now + jump_ms * MS)
        rig.report()
        rig.request(T)
        command = rig.gate.tick(rig.now)
        q = command.joint_positions_rad
        if q is None:
            was_sending = False
            continue
        step = np.abs(q - (last if was_sending else rig.q)).max()
        assert step <= 1.4 * 0.2
        rig.q, last, was_sending = q, q, True


def test_arms_at_home():
    assert Rig(**LIMITS).gate.armed
    place = oracle_poses(HOME)[:3, 3]
    assert np.all(place <= np.array(LIMITS["workspace_max_m"]))


def test_a_long_run_among_walls_keeps_every_limit():
    rng = np.random.default_rng(7)
    plan = []
    for _ in range(20):
        turn = Rotation.from_euler("x", np.pi) * Rotation.from_rotvec(rng.normal(0.0, 0.6, 3))
        T = pose(rng.uniform([0.15, -0.4, -0.3], [0.75, 0.4, 0.4]), turn)
        ticks = rng.choice([10_000, 12_000, 4_000, 40_000], p=[0.85, 0.05, 0.05, 0.05], size=60)
        plan.append(((T, 1.0, ROBOT.base_frame, 0), [int(t) for t in ticks], "follow"))
    rig = Rig(**LIMITS)
    times, sent = play(rig, plan)
    check_limits(rig, times, sent)
    check_tool(times, sent)
    # It was worth checking: the arm went far, fast and along the walls.
    places = oracle_poses(sent)[:, :3, 3]
    speeds = np.linalg.norm(np.diff(places, axis=0), axis=1) / np.diff(times)
    assert speeds.max() > 0.3
    assert np.ptp(places, axis=0).min() > 0.2
    assert places[:, 2].min() < 0.05
