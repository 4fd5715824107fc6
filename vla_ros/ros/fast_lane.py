"""A thread of their own for callbacks that come a hundred times a second.

For each callback rclpy's executors make their list of everything that a node waits for anew, two or
three times over: about a millisecond in a node of ours, hundreds of times a second. What comes that
often waits here instead, in a set of its own; all else of the node stays with its executor.
"""

from __future__ import annotations

import threading
import time
import traceback
from contextlib import ExitStack
from typing import Any

from rclpy.callback_groups import CallbackGroup
from rclpy.exceptions import InvalidHandle
from rclpy.guard_condition import GuardCondition
from rclpy.impl.implementation_singleton import rclpy_implementation
from rclpy.node import Node
from rclpy.subscription import Subscription
from rclpy.timer import Timer

_WAKE_NS = 500_000_000
_EVENT_PERIOD_S = 1.0
_EVENT_WINDOW_S = 0.05
_CLOCK_TOPIC = "/clock"


class FastLane(CallbackGroup):
    """The callback group of subscriptions and timers that run on a thread of their own.

    Make them with `callback_group=lane`, then `start()`. Their callbacks run one at a time, those
    of subscriptions (in the order they were made) before those of timers, so that a timer finds
    what has just come. /clock, where the node follows it, is taken into the lane as well: else
    each of its messages would still go through the executor. An error in a callback ends the node
    as it would in its executor.

    Attributes:
        lock: Held while a callback runs; whoever shares state with callbacks holds it too.
    """

    def __init__(self, node: Node) -> None:
        """Make the lane of a node."""
        super().__init__()
        self.lock = threading.RLock()
        self._node = node
        self._members: list[Subscription | Timer] = []
        self._changing = threading.Lock()
        self._looked_s = 0.0
        self._ended = threading.Event()
        self._woken = GuardCondition(None, None, context=node.context)
        self._sizes: tuple[int, int] | None = None
        self._wait_set: Any = None
        self._thread = threading.Thread(target=self._run, name="fast_lane", daemon=True)
        for subscription in node.subscriptions:
            if subscription.topic_name == _CLOCK_TOPIC:
                self._take_over(subscription)

    def _take_over(self, subscription: Any) -> None:
        """Take in what was made with another group."""
        for entity in (subscription, *subscription.event_handlers):
            entity.callback_group = self
            self.add_entity(entity)

    def add_entity(self, entity: Any) -> None:
        """Take in what was made with this group; rclpy calls it."""
        super().add_entity(entity)
        if isinstance(entity, (Subscription, Timer)):
            with self._changing:
                self._members = [*self._members, entity]
            self._woken.trigger()

    def can_execute(self, entity: Any) -> bool:
        """Return whether the executor may have it: the lane's own never.

        What a subscription's middleware has to say (that a publisher's quality of service doesn't
        fit, say) is for the executor, but only now and then: with Fast DDS, who waits for that is
        woken by each message too.
        """
        if isinstance(entity, (Subscription, Timer)):
            return False
        now_s = time.monotonic()
        if now_s - self._looked_s > _EVENT_PERIOD_S:
            self._looked_s = now_s
        return now_s - self._looked_s < _EVENT_WINDOW_S

    def beginning_execution(self, entity: Any) -> bool:
        """Return whether the executor may run what it was let have."""
        return not isinstance(entity, (Subscription, Timer))

    def ending_execution(self, entity: Any) -> None:
        """Take note of nothing: what the executor runs in this group excludes nothing."""

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def close(self) -> None:
        """End the thread, unless it is the caller's; closing twice is fine."""
        if self._ended.is_set():
            return
        self._ended.set()
        self._woken.trigger()
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join()
        self._woken.destroy()

    def _run(self) -> None:
        try:
            while not self._ended.is_set() and self._node.context.ok():
                self._turn()
        except Exception as error:
            self._report(error)
        finally:
            self._members = []
            self._wait_set = None

    def _turn(self) -> None:
        """Wait until something is ready, and run the callbacks of all that is."""
        context = self._node.context.handle
        if context is None:
            return  # it was shut down
        with ExitStack() as held:
            held.enter_context(context)
            members = [member for member in self._members if self._hold(held, member)]
            subscriptions = [member for member in members if isinstance(member, Subscription)]
            timers = [member for member in members if isinstance(member, Timer)]
            ready = self._wait(subscriptions, timers)
            for subscription in subscriptions:
                if subscription.handle.pointer in ready:
                    self._take(subscription)
            for timer in timers:
                if timer.handle.is_timer_ready():
                    timer.handle.call_timer()
                    with self.lock:
                        timer.callback()

    def _hold(self, held: ExitStack, member: Subscription | Timer) -> bool:
        """Keep a member from being destroyed meanwhile; forget one that already was."""
        try:
            held.enter_context(member.handle)
        except InvalidHandle:
            with self._changing:
                self._members = [other for other in self._members if other is not member]
            return False
        return True

    def _wait(self, subscriptions: list[Subscription], timers: list[Timer]) -> set[int]:
        """Wait; return which subscriptions have a message."""
        sizes = len(subscriptions), len(timers)
        if sizes != self._sizes:
            handle = self._node.context.handle
            self._wait_set = rclpy_implementation.WaitSet(sizes[0], 1, sizes[1], 0, 0, 0, handle)
            self._sizes = sizes
        waiting = self._wait_set
        waiting.clear_entities()
        for subscription in subscriptions:
            waiting.add_subscription(subscription.handle)
        for timer in timers:
            waiting.add_timer(timer.handle)
        waiting.add_guard_condition(self._woken.handle)
        waiting.wait(_WAKE_NS)
        return set(waiting.get_ready_entities("subscription"))

    def _take(self, subscription: Subscription) -> None:
        taken = subscription.handle.take_message(subscription.msg_type, subscription.raw)
        if taken is not None:
            with self.lock:
                subscription.callback(taken[0])

    def _report(self, error: Exception) -> None:
        """Let the node's executor raise an error of a callback."""
        executor = self._node.executor
        if executor is None:
            self._node.get_logger().fatal("".join(traceback.format_exception(error)))
            return

        def fail() -> None:
            raise error

        executor.create_task(fail)
