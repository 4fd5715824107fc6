"""Times as ROS messages and as integer nanoseconds."""

from __future__ import annotations

from builtin_interfaces.msg import Duration, Time
from std_msgs.msg import Header

_NS_PER_S = 1_000_000_000


def stamp_ns(time: Time | Duration) -> int:
    """Return a Time or Duration message in nanoseconds."""
    return int(time.sec) * _NS_PER_S + int(time.nanosec)


def time_msg(nanoseconds: int) -> Time:
    """Return nanoseconds since the clock's zero as a Time message."""
    seconds, rest = divmod(int(nanoseconds), _NS_PER_S)
    return Time(sec=seconds, nanosec=rest)


def duration_msg(nanoseconds: int) -> Duration:
    """Return nanoseconds, perhaps negative, as a Duration message."""
    seconds, rest = divmod(int(nanoseconds), _NS_PER_S)
    return Duration(sec=seconds, nanosec=rest)


def header(frame_id: str, nanoseconds: int) -> Header:
    """Return a header of a frame and a time."""
    return Header(stamp=time_msg(nanoseconds), frame_id=frame_id)
