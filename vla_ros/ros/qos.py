"""Every quality of service that the nodes use."""

from __future__ import annotations

from rclpy.qos import DurabilityPolicy, HistoryPolicy, QoSProfile, ReliabilityPolicy


def _profile(
    depth: int, reliability: ReliabilityPolicy, durability: DurabilityPolicy
) -> QoSProfile:
    return QoSProfile(
        history=HistoryPolicy.KEEP_LAST, depth=depth, reliability=reliability, durability=durability
    )


_BEST = ReliabilityPolicy.BEST_EFFORT
_RELIABLE = ReliabilityPolicy.RELIABLE
_VOLATILE = DurabilityPolicy.VOLATILE
_LATCHED = DurabilityPolicy.TRANSIENT_LOCAL

IMAGE = _profile(2, _BEST, _VOLATILE)
"""Pictures, both ways: the newest counts, and a best-effort reader hears every kind of camera."""

STATE = _profile(10, _RELIABLE, _VOLATILE)
"""Joint states as a driver publishes them."""

STATE_READER = _profile(10, _BEST, _VOLATILE)
"""Joint states as we read them: matches reliable and best-effort drivers."""

REQUEST = _profile(1, _RELIABLE, _VOLATILE)
"""Tool requests and controller commands: the newest replaces those before it."""

EVENT = _profile(10, _RELIABLE, _VOLATILE)
"""Things said once and not to be lost: instructions, stops, e-stops."""

STATUS = _profile(1, _RELIABLE, _LATCHED)
"""What is the case now; who comes late hears it too."""

DIAGNOSTICS = _profile(10, _RELIABLE, _VOLATILE)
"""/diagnostics, as the aggregator expects it."""

TF = _profile(100, _RELIABLE, _VOLATILE)
"""/tf."""

TF_STATIC = _profile(100, _RELIABLE, _LATCHED)
"""/tf_static."""

CLOCK = _profile(1, _BEST, _VOLATILE)
"""/clock, as rclpy's time source reads it."""
