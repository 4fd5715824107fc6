"""Where frames were when: a bounded history fed from /tf and /tf_static, looked up at a stamp.

tf2's Buffer needs C++ that pip can't install; pytransform3d's temporal transform manager finds the
path between frames, and the same code runs on both kinds of install.
"""

from __future__ import annotations

import bisect
import threading
import time
from typing import Any

import numpy as np
from geometry_msgs.msg import Transform
from pytransform3d.transform_manager import TemporalTransformManager, TimeVaryingTransform
from rclpy.callback_groups import CallbackGroup, MutuallyExclusiveCallbackGroup
from rclpy.node import Node
from tf2_msgs.msg import TFMessage

from vla_ros import geometry
from vla_ros.errors import MessageError, TransformError
from vla_ros.ros import qos
from vla_ros.ros.poses import require_pose, transform_from_msg
from vla_ros.ros.stamps import stamp_ns

HISTORY_NS = 10_000_000_000
MAX_SAMPLES = 4000
MAX_FRAMES = 1000


class History(TimeVaryingTransform):
    """The pose of one child frame in its parent over the last seconds, interpolated between."""

    def __init__(self, parent: str, child: str, static: bool) -> None:
        self.parent = parent
        self.child = child
        self.static = static
        self._stamps_ns: list[int] = []
        # Messages stay as they came until somebody asks: most are never asked for.
        self._poses: list[np.ndarray | Transform] = []

    @property
    def newest_ns(self) -> int | None:
        """Stamp of the newest sample, None for a static frame: it holds at all times."""
        return None if self.static else self._stamps_ns[-1]

    def add(self, T_parent_child: np.ndarray | Transform, at_ns: int) -> None:
        """Take a sample; one far older than the newest means that time was set back."""
        if self.static or (self._stamps_ns and at_ns < self._stamps_ns[-1] - HISTORY_NS):
            self._stamps_ns.clear()
            self._poses.clear()
        index = bisect.bisect_left(self._stamps_ns, at_ns)
        if index < len(self._stamps_ns) and self._stamps_ns[index] == at_ns:
            self._poses[index] = T_parent_child
            return
        self._stamps_ns.insert(index, at_ns)
        self._poses.insert(index, T_parent_child)
        self._forget_old()

    def _forget_old(self) -> None:
        # Dropping a block now and then is cheaper than one sample each time.
        first = bisect.bisect_left(self._stamps_ns, self._stamps_ns[-1] - HISTORY_NS)
        first = max(first, len(self._stamps_ns) - MAX_SAMPLES)
        if first > 256:
            del self._stamps_ns[:first]
            del self._poses[:first]

    def as_matrix(self, query_time: Any) -> np.ndarray:
        """Return T_parent_child (4, 4) at a time [ns].

        Raises:
            TransformError: The time is before the oldest or after the newest sample.
        """
        if self.static:
            return self._pose(-1)
        at_ns = int(query_time)
        oldest, newest = self._stamps_ns[0], self._stamps_ns[-1]
        if not oldest <= at_ns <= newest:
            late = at_ns > newest
            apart_s = (at_ns - newest if late else oldest - at_ns) / 1e9
            raise TransformError(
                f"where '{self.child}' is in '{self.parent}' is asked for {apart_s:.3f} s "
                + ("after the newest transform" if late else "before the oldest transform kept")
                + "; check that the driver publishes, and that clocks and use_sim_time agree"
            )
        after = bisect.bisect_left(self._stamps_ns, at_ns)
        if self._stamps_ns[after] == at_ns:
            return self._pose(after)
        start, end = self._stamps_ns[after - 1], self._stamps_ns[after]
        fraction = (at_ns - start) / (end - start)
        T_start, T_end = self._pose(after - 1), self._pose(after)
        return np.asarray(geometry.interpolate(T_start, T_end, np.array([fraction]))[0])

    def _pose(self, index: int) -> np.ndarray:
        kept = self._poses[index]
        return kept if isinstance(kept, np.ndarray) else transform_from_msg(kept)

    def check_transforms(self) -> History:
        """Return self: the poses were checked when they were read."""
        return self


class TransformBuffer:
    """All frames; safe to use from any thread."""

    def __init__(self) -> None:
        self._tree = TemporalTransformManager(check=False)
        self._histories: dict[str, History] = {}
        self._changed = threading.Condition()

    def add(
        self,
        parent: str,
        child: str,
        T_parent_child: np.ndarray | Transform,
        at_ns: int,
        static: bool = False,
    ) -> None:
        """Take the pose of a child frame in its parent at a time, (4, 4) or a checked message.

        Raises:
            TransformError: A frame has no name or is its own parent, or there are too many.
        """
        if not parent or not child or parent == child:
            raise TransformError(f"a transform from '{child}' to '{parent}' makes no sense")
        with self._changed:
            history = self._histories.get(child)
            if history is None or history.parent != parent or history.static != static:
                history = self._connect(parent, child, static)
            history.add(T_parent_child, at_ns)
            self._changed.notify_all()

    def _connect(self, parent: str, child: str, static: bool) -> History:
        known = self._histories.get(child)
        if known is not None:
            self._tree.remove_transform(child, known.parent)
        elif len(self._histories) >= MAX_FRAMES:
            raise TransformError(f"more than {MAX_FRAMES} frames; '{child}' is not taken")
        history = History(parent, child, static)
        self._histories[child] = history
        self._tree.add_transform(child, parent, history)
        return history

    def lookup(
        self, target: str, source: str, at_ns: int | None, timeout_s: float = 0.0
    ) -> np.ndarray:
        """Return T_target_source (4, 4).

        Args:
            target: The frame to write the pose in.
            source: The frame whose pose is asked for.
            at_ns: At this time; None for the newest time that all frames between have.
            timeout_s: How long to wait for transforms to come [s]; never wait in a callback.

        Raises:
            TransformError: A frame is unknown, there is no connection, or not at that time.
        """
        deadline = time.monotonic() + timeout_s
        with self._changed:
            while True:
                try:
                    return self._now(target, source, at_ns)
                except TransformError:
                    left_s = deadline - time.monotonic()
                    if left_s <= 0.0:
                        raise
                    self._changed.wait(left_s)

    def knows(self, target: str, source: str) -> bool:
        """Return whether two frames are connected."""
        try:
            self.lookup(target, source, None)
        except TransformError:
            return False
        return True

    def _now(self, target: str, source: str, at_ns: int | None) -> np.ndarray:
        if target == source:
            return np.eye(4)
        for frame in (target, source):
            if frame not in self._tree.nodes:
                known = sorted(map(str, self._tree.nodes))
                raise TransformError(
                    f"no frame '{frame}' on /tf; there are {known}: is the driver or "
                    "robot_state_publisher that publishes it running?"
                )
        when = self._newest_common_ns(target, source) if at_ns is None else at_ns
        try:
            return np.asarray(self._tree.get_transform_at_time(source, target, when))
        except KeyError:
            raise TransformError(
                f"frames '{source}' and '{target}' are not connected on /tf: a static transform "
                "between the camera and the robot is missing"
            ) from None

    def _newest_common_ns(self, target: str, source: str) -> int:
        on_path = self._ancestry(target) ^ self._ancestry(source)
        stamps = [self._histories[child].newest_ns for child in on_path]
        return min((stamp for stamp in stamps if stamp is not None), default=0)

    def _ancestry(self, frame: str) -> set[str]:
        """Return the frames from this one up to the root that have a parent."""
        frames: set[str] = set()
        while frame in self._histories and frame not in frames:
            frames.add(frame)
            frame = self._histories[frame].parent
        return frames


class TransformListener:
    """Fills a buffer from the tf topics of a node."""

    def __init__(self, node: Node, group: CallbackGroup | None = None) -> None:
        self.buffer = TransformBuffer()
        self._log = node.get_logger()
        group = group or MutuallyExclusiveCallbackGroup()
        self._node = node
        self._subscriptions_made = [
            node.create_subscription(TFMessage, topic, take, profile, callback_group=group)
            for topic, take, profile in (
                ("tf", lambda msg: self._take(msg, False), qos.TF),
                ("tf_static", lambda msg: self._take(msg, True), qos.TF_STATIC),
            )
        ]

    def close(self) -> None:
        """Stop listening; what was heard stays in the buffer."""
        for subscription in self._subscriptions_made:
            self._node.destroy_subscription(subscription)

    def _take(self, msg: TFMessage, static: bool) -> None:
        for item in msg.transforms:
            parent, child = item.header.frame_id.lstrip("/"), item.child_frame_id.lstrip("/")
            try:
                require_pose(item.transform.translation, item.transform.rotation)
                at_ns = stamp_ns(item.header.stamp)
                self.buffer.add(parent, child, item.transform, at_ns, static)
            except (MessageError, TransformError) as error:
                self._log.warning(
                    f"tf from '{child}' to '{parent}': {error}", throttle_duration_sec=5.0
                )
