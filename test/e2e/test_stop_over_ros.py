"""Whichever way people stop it, over ROS and at each stage, the arm rests within 100 ms.

benchmarks/stop_latency.py measures every way at every stage; here each appears once.
"""

from __future__ import annotations

import pytest

rclpy = pytest.importorskip("rclpy")

from process_rig import PACE, REST_MS, SLOW, TEXT  # noqa: E402

from vla_ros.ros.stop_trial import STAGES, STOPS, StopTrial  # noqa: E402

pytestmark = [pytest.mark.ros, pytest.mark.e2e]


@pytest.mark.parametrize(("way", "stage"), zip(STOPS, STAGES, strict=True))
def test_it_rests_within_100_ms(graph, fresh, way, stage):
    reached, rest_ms = StopTrial(graph, fresh, TEXT, PACE, SLOW).run(way, stage)
    print(f"{way} at {reached}: {rest_ms:.0f} ms")
    assert rest_ms <= REST_MS
    assert not fresh.running, "the instruction has ended"
