"""Pairs a camera's colour, depth and intrinsics by stamp, and says why nothing came out."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field
from enum import Enum
from typing import Generic, TypeVar

import numpy as np

from vla_ros.errors import ConfigError
from vla_ros.types import CameraFrame

_NS = 1_000_000_000
Payload = TypeVar("Payload")


class Arrival(Enum):
    """What became of a message; the value says why for people."""

    TAKEN = "taken"
    UNSTAMPED = "has no stamp (0): the driver must stamp its messages"
    STALE = "is too old: check the load, the network and that clocks agree"
    FUTURE = "is from the future: check use_sim_time and that clocks agree"
    OUT_OF_ORDER = "is older than one that came before"
    MISSHAPEN = "has the wrong shape"


@dataclass(frozen=True, slots=True)
class _Colour:
    rgb: np.ndarray
    frame_id: str


@dataclass(frozen=True, slots=True)
class _Intrinsics:
    k_px: np.ndarray
    size_px: tuple[int, int]


@dataclass(slots=True)
class _Stream(Generic[Payload]):
    """The newest few messages of one topic, in the order of their stamps."""

    name: str
    queue: deque[tuple[int, Payload]]
    newest_ns: int = -1
    last_refusal: Arrival = Arrival.TAKEN

    def nearest(self, stamp_ns: int) -> tuple[int, Payload] | None:
        return min(self.queue, key=lambda item: abs(item[0] - stamp_ns), default=None)

    def forget(self) -> None:
        self.queue.clear()
        self.newest_ns = -1
        self.last_refusal = Arrival.TAKEN


@dataclass
class FrameSynchronizer:
    """Makes CameraFrames of one camera from its separate streams; safe to call from any thread.

    Colour and depth pair when their stamps differ by no more than `tolerance_s`. Intrinsics
    seldom change and some drivers publish them once: the nearest in stamp is taken, and pairs
    within `info_tolerance_s` where that is given. Only the newest complete picture is given out.

    Attributes:
        camera: Its name, for messages.
        with_depth: Whether a picture needs depth to be complete.
        tolerance_s: Largest difference of stamps within a picture [s].
        max_age_s: Older messages are refused [s].
        future_s: Messages stamped this far after now are refused [s].
        info_tolerance_s: As tolerance_s for the intrinsics, or None for any age [s].
        depth_of_queue: How many messages of each stream are kept.
    """

    camera: str
    with_depth: bool = True
    tolerance_s: float = 0.02
    max_age_s: float = 0.5
    future_s: float = 0.1
    info_tolerance_s: float | None = None
    depth_of_queue: int = 8
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def __post_init__(self) -> None:
        if self.depth_of_queue < 1:
            raise ConfigError(f"depth_of_queue must be at least 1, not {self.depth_of_queue}")
        size = self.depth_of_queue
        self._rgb: _Stream[_Colour] = _Stream("rgb", deque(maxlen=size))
        self._depth: _Stream[np.ndarray] = _Stream("depth", deque(maxlen=size))
        self._info: _Stream[_Intrinsics] = _Stream("camera_info", deque(maxlen=size))
        self._given_ns = -1
        self._now_ns = -1

    def add_rgb(self, rgb: np.ndarray, frame_id: str, stamp_ns: int, now_ns: int) -> Arrival:
        """Take a (H, W, 3) uint8 picture and say what became of it."""
        shapely = rgb.ndim == 3 and rgb.shape[2] == 3 and rgb.dtype == np.uint8
        with self._lock:
            return self._accept(self._rgb, _Colour(rgb, frame_id), stamp_ns, now_ns, shapely)

    def add_depth(self, depth_m: np.ndarray, stamp_ns: int, now_ns: int) -> Arrival:
        """Take a (H, W) depth picture [m] and say what became of it."""
        with self._lock:
            return self._accept(self._depth, depth_m, stamp_ns, now_ns, depth_m.ndim == 2)

    def add_info(
        self, k_px: np.ndarray, size_px: tuple[int, int], stamp_ns: int, now_ns: int
    ) -> Arrival:
        """Take (3, 3) intrinsics of a picture of `size_px` (width, height)."""
        k_px = np.asarray(k_px, dtype=float)
        shapely = k_px.shape == (3, 3) and bool(k_px[0, 0] > 0.0 and k_px[1, 1] > 0.0)
        with self._lock:
            info = _Intrinsics(k_px, size_px)
            limited = self.info_tolerance_s is not None
            return self._accept(self._info, info, stamp_ns, now_ns, shapely, limited)

    def take(self, now_ns: int) -> CameraFrame | None:
        """Return the newest complete picture not given out before, or None."""
        with self._lock:
            self._notice_clock(now_ns)
            for stamp_ns, colour in reversed(self._rgb.queue):
                if stamp_ns <= self._given_ns or now_ns - stamp_ns > self.max_age_s * _NS:
                    return None
                frame = self._complete(stamp_ns, colour)
                if frame is not None:
                    self._given_ns = stamp_ns
                    return frame
            return None

    def diagnosis(self, now_ns: int) -> str:
        """Return why no picture comes out, in words for people; empty where all is well."""
        with self._lock:
            self._notice_clock(now_ns)
            problems = [
                self._stream_problem(self._rgb, now_ns),
                self._stream_problem(self._info, now_ns),
                self._stream_problem(self._depth, now_ns) if self.with_depth else "",
            ]
            problems = [problem for problem in problems if problem]
            if not problems and self._rgb.queue:
                problems = self._pair_problems()
            return "; ".join(f"camera '{self.camera}': {problem}" for problem in problems)

    def _accept(
        self,
        stream: _Stream[Payload],
        payload: Payload,
        stamp_ns: int,
        now_ns: int,
        shapely: bool,
        limited: bool = True,
    ) -> Arrival:
        self._notice_clock(now_ns)
        arrival = Arrival.TAKEN
        if not shapely:
            arrival = Arrival.MISSHAPEN
        elif stamp_ns <= 0 and limited:
            arrival = Arrival.UNSTAMPED
        elif limited and now_ns - stamp_ns > self.max_age_s * _NS:
            arrival = Arrival.STALE
        elif stamp_ns - now_ns > self.future_s * _NS:
            arrival = Arrival.FUTURE
        elif stream.newest_ns - stamp_ns > self.tolerance_s * _NS:
            arrival = Arrival.OUT_OF_ORDER
        stream.last_refusal = arrival
        if arrival is Arrival.TAKEN:
            stream.queue.append((stamp_ns, payload))
            if stamp_ns < stream.newest_ns:
                ordered = sorted(stream.queue, key=lambda item: item[0])
                stream.queue.clear()
                stream.queue.extend(ordered)
            stream.newest_ns = max(stream.newest_ns, stamp_ns)
        return arrival

    def _notice_clock(self, now_ns: int) -> None:
        """Forget everything where time jumps back: a simulator was reset or a bag restarted."""
        if self._now_ns - now_ns > self.max_age_s * _NS:
            for stream in (self._rgb, self._depth, self._info):
                stream.forget()
            self._given_ns = -1
            self._now_ns = now_ns
        self._now_ns = max(self._now_ns, now_ns)

    def _complete(self, stamp_ns: int, colour: _Colour) -> CameraFrame | None:
        info = self._info.nearest(stamp_ns)
        height, width = colour.rgb.shape[:2]
        if info is None or info[1].size_px != (width, height):
            return None
        limit_s = self.info_tolerance_s
        if limit_s is not None and abs(info[0] - stamp_ns) > limit_s * _NS:
            return None
        depth_m = None
        if self.with_depth:
            depth = self._depth.nearest(stamp_ns)
            if depth is None or abs(depth[0] - stamp_ns) > self.tolerance_s * _NS:
                return None
            if depth[1].shape != (height, width):
                return None
            depth_m = depth[1]
        return CameraFrame(colour.rgb, depth_m, info[1].k_px, colour.frame_id, stamp_ns)

    def _stream_problem(self, stream: _Stream[Payload], now_ns: int) -> str:
        if stream.last_refusal is not Arrival.TAKEN:
            return f"the newest {stream.name} {stream.last_refusal.value}"
        if not stream.queue:
            return f"no {stream.name} has come: check the topic's name, its QoS and the driver"
        age_s = (now_ns - stream.newest_ns) / _NS
        once_is_enough = stream.name == "camera_info" and self.info_tolerance_s is None
        if age_s > self.max_age_s and not once_is_enough:
            return f"no {stream.name} for {age_s:.1f} s: the stream has stopped"
        return ""

    def _pair_problems(self) -> list[str]:
        """Say why the newest colour picture does not pair, where all streams flow."""
        stamp_ns, colour = self._rgb.queue[-1]
        height, width = colour.rgb.shape[:2]
        problems = []
        info = self._info.nearest(stamp_ns)
        if info is not None and info[1].size_px != (width, height):
            problems.append(f"camera_info is for {info[1].size_px}, the picture is {width, height}")
        depth = self._depth.nearest(stamp_ns) if self.with_depth else None
        if depth is not None and depth[1].shape != (height, width):
            problems.append(
                f"depth is {depth[1].shape[::-1]}, the picture is {width, height}: subscribe to "
                "the depth that is registered to the colour camera"
            )
        apart_s = 0.0
        if depth is not None:
            apart_s = min(
                abs(d[0] - c[0]) / _NS for d in self._depth.queue for c in self._rgb.queue
            )
        if apart_s > self.tolerance_s:
            problems.append(
                f"colour and depth are stamped {apart_s:.3f} s apart, more than the tolerance of "
                f"{self.tolerance_s} s"
            )
        return problems
