import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vla_ros.errors import ConfigError
from vla_ros.perception.sync import Arrival, FrameSynchronizer

MS = 1_000_000
SECOND = 1000 * MS
RGB = np.zeros((6, 8, 3), np.uint8)
DEPTH = np.ones((6, 8), np.float32)
K = np.array([[5.0, 0, 3.5], [0, 5.0, 2.5], [0, 0, 1]])


def add_all(sync, stamp, now=None, apart=0):
    now = stamp if now is None else now
    sync.add_info(K, (8, 6), stamp, now)
    sync.add_depth(DEPTH, stamp + apart, now)
    return sync.add_rgb(RGB, "optical", stamp, now)


def test_a_complete_picture_comes_out_once():
    sync = FrameSynchronizer("front")
    assert add_all(sync, SECOND) is Arrival.TAKEN
    frame = sync.take(SECOND)
    assert frame.stamp_ns == SECOND
    assert frame.frame_id == "optical"
    np.testing.assert_array_equal(frame.k_px, K)
    assert frame.depth_m.shape == (6, 8)
    assert sync.take(SECOND) is None
    assert sync.diagnosis(SECOND) == ""


def test_the_newest_complete_picture_wins():
    sync = FrameSynchronizer("front")
    for n in range(5):
        add_all(sync, SECOND + n * 100 * MS)
    sync.add_rgb(RGB, "optical", SECOND + 450 * MS, SECOND + 450 * MS)
    assert sync.take(SECOND + 450 * MS).stamp_ns == SECOND + 400 * MS
    sync.add_depth(DEPTH, SECOND + 451 * MS, SECOND + 460 * MS)
    assert sync.take(SECOND + 460 * MS).stamp_ns == SECOND + 450 * MS


@settings(deadline=None)
@given(st.integers(-60, 60))
def test_stamps_pair_within_the_tolerance_only(apart_ms):
    sync = FrameSynchronizer("front", tolerance_s=0.02)
    add_all(sync, SECOND, now=SECOND + 50 * MS, apart=apart_ms * MS)
    frame = sync.take(SECOND + 50 * MS)
    assert (frame is not None) == (abs(apart_ms) <= 20)
    if frame is None:
        assert "apart" in sync.diagnosis(SECOND + 50 * MS)


def test_colour_alone_is_complete_where_depth_is_not_wanted():
    sync = FrameSynchronizer("wrist", with_depth=False)
    sync.add_info(K, (8, 6), SECOND, SECOND)
    sync.add_rgb(RGB, "optical", SECOND, SECOND)
    assert sync.take(SECOND).depth_m is None


@pytest.mark.parametrize("missing", ["rgb", "depth", "camera_info"])
def test_the_missing_stream_is_named(missing):
    sync = FrameSynchronizer("front")
    if missing != "rgb":
        sync.add_rgb(RGB, "optical", SECOND, SECOND)
    if missing != "depth":
        sync.add_depth(DEPTH, SECOND, SECOND)
    if missing != "camera_info":
        sync.add_info(K, (8, 6), SECOND, SECOND)
    assert sync.take(SECOND) is None
    assert f"no {missing} has come" in sync.diagnosis(SECOND)
    assert "'front'" in sync.diagnosis(SECOND)


@pytest.mark.parametrize(
    ("stamp", "now", "arrival"),
    [
        (0, SECOND, Arrival.UNSTAMPED),
        (SECOND, 2 * SECOND, Arrival.STALE),
        (2 * SECOND, SECOND, Arrival.FUTURE),
        (SECOND, SECOND, Arrival.TAKEN),
    ],
)
def test_impossible_stamps_are_refused_with_a_reason(stamp, now, arrival):
    sync = FrameSynchronizer("front")
    assert sync.add_rgb(RGB, "optical", stamp, now) is arrival
    if arrival is not Arrival.TAKEN:
        assert arrival.value in sync.diagnosis(now)


def test_late_messages_are_refused_beyond_the_tolerance():
    sync = FrameSynchronizer("front", tolerance_s=0.02)
    now = SECOND + 100 * MS
    assert sync.add_depth(DEPTH, SECOND + 100 * MS, now) is Arrival.TAKEN
    assert sync.add_depth(DEPTH, SECOND + 90 * MS, now) is Arrival.TAKEN
    assert sync.add_depth(DEPTH, SECOND + 50 * MS, now) is Arrival.OUT_OF_ORDER


def test_old_pictures_are_not_given_out():
    sync = FrameSynchronizer("front", max_age_s=0.5)
    add_all(sync, SECOND)
    assert sync.take(SECOND + 600 * MS) is None
    assert "has stopped" in sync.diagnosis(SECOND + 600 * MS)


def test_a_clock_that_jumps_back_starts_afresh():
    sync = FrameSynchronizer("front")
    add_all(sync, 100 * SECOND)
    assert sync.take(100 * SECOND) is not None
    assert add_all(sync, SECOND) is Arrival.TAKEN
    assert sync.take(SECOND).stamp_ns == SECOND


def test_intrinsics_may_come_only_once():
    sync = FrameSynchronizer("front")
    sync.add_info(K, (8, 6), SECOND, SECOND)
    late = 60 * SECOND
    sync.add_depth(DEPTH, late, late)
    sync.add_rgb(RGB, "optical", late, late)
    assert sync.take(late) is not None
    strict = FrameSynchronizer("front", info_tolerance_s=0.02)
    assert strict.add_info(K, (8, 6), SECOND, late) is Arrival.STALE


def test_sizes_that_do_not_fit_are_named():
    sync = FrameSynchronizer("front")
    sync.add_info(K, (640, 480), SECOND, SECOND)
    sync.add_depth(np.ones((3, 4), np.float32), SECOND, SECOND)
    sync.add_rgb(RGB, "optical", SECOND, SECOND)
    assert sync.take(SECOND) is None
    diagnosis = sync.diagnosis(SECOND)
    assert "camera_info is for (640, 480)" in diagnosis
    assert "registered" in diagnosis


def test_misshapen_arrays_are_refused():
    sync = FrameSynchronizer("front")
    assert sync.add_rgb(np.zeros((6, 8), np.uint8), "o", SECOND, SECOND) is Arrival.MISSHAPEN
    assert sync.add_depth(RGB, SECOND, SECOND) is Arrival.MISSHAPEN
    assert sync.add_info(np.zeros((3, 3)), (8, 6), SECOND, SECOND) is Arrival.MISSHAPEN
    with pytest.raises(ConfigError):
        FrameSynchronizer("front", depth_of_queue=0)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("rdi"), st.integers(0, 400)), max_size=60))
def test_whatever_arrives_frames_are_consistent_and_in_order(messages):
    sync = FrameSynchronizer("front", tolerance_s=0.02)
    last = -1
    for stream, at_ms in messages:
        stamp, now = SECOND + at_ms * MS, SECOND + 400 * MS
        if stream == "r":
            sync.add_rgb(RGB, "optical", stamp, now)
        elif stream == "d":
            sync.add_depth(np.full((6, 8), at_ms, np.float32), stamp, now)
        else:
            sync.add_info(K, (8, 6), stamp, now)
        frame = sync.take(now)
        if frame is not None:
            assert frame.stamp_ns > last
            apart = abs(SECOND + int(frame.depth_m[0, 0]) * MS - frame.stamp_ns)
            assert apart <= 20 * MS
            last = frame.stamp_ns
        assert len(sync._rgb.queue) <= sync.depth_of_queue


def test_threads_may_add_while_another_takes():
    sync = FrameSynchronizer("front")
    taken = []

    def feed():
        for n in range(200):
            add_all(sync, SECOND + n * MS)

    feeder = threading.Thread(target=feed)
    feeder.start()
    for _ in range(400):
        frame = sync.take(SECOND + 200 * MS)
        if frame is not None:
            taken.append(frame.stamp_ns)
    feeder.join()
    frame = sync.take(SECOND + 200 * MS)
    taken += [frame.stamp_ns] if frame is not None else []
    assert taken[-1] == SECOND + 199 * MS
    assert taken == sorted(set(taken))
