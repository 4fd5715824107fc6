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
        """Return whether the executor may have it: never, or it would wait for it as well."""
        return False

    def beginning_execution(self, entity: Any) -> bool:
        """Return whether the executor may run it: never."""
        return False

    def ending_execution(self, entity: Any) -> None:
        """Take note of nothing: the executor runs nothing of this group."""

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

    @property
    def _is_over(self) -> bool:
        return self._ended.is_set() or not self._node.context.ok()

    def _run(self) -> None:
        try:
            while not self._is_over:
                self._turn()
        except Exception as error:
            if not self._is_over:
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
            self._look_for_events(subscriptions)

    def _hold(self, held: ExitStack, member: Subscription | Timer) -> bool:
        """Keep a member from being destroyed meanwhile; forget one that already was."""
        if _enter(held, member.handle):
            return True
        with self._changing:
            self._members = [other for other in self._members if other is not member]
        return False

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

    def _look_for_events(self, subscriptions: list[Any]) -> None:
        """Let the executor run what the middleware has to say, of qualities that don't fit, say.

        Now and then, and without waiting: with Fast DDS, who waits for such an event is woken by
        each message too, and holds up who waits for the message by tens of milliseconds.
        """
        executor = self._node.executor
        now_s = time.monotonic()
        if executor is None or self._is_over or now_s - self._looked_s < _EVENT_PERIOD_S:
            return
        self._looked_s = now_s
        with ExitStack() as held:
            events = (event for member in subscriptions for event in member.event_handlers)
            handlers = [event for event in events if _enter(held, event)]
            if not handlers:
                return
            handle = self._node.context.handle
            waiting = rclpy_implementation.WaitSet(0, 0, 0, 0, 0, len(handlers), handle)
            waiting.clear_entities()
            for handler in handlers:
                handler.add_to_wait_set(waiting)
            waiting.wait(0)
            for handler in handlers:
                if handler.is_ready(waiting):
                    executor.create_task(handler.execute, handler.take_data())

    def _report(self, error: Exception) -> None:
        """Let the node's executor raise an error of a callback."""
        executor = self._node.executor
        if executor is None:
            self._node.get_logger().fatal("".join(traceback.format_exception(error)))
            return

        def fail() -> None:
            raise error

        executor.create_task(fail)


def _enter(held: ExitStack, handle: Any) -> bool:
    """Keep something from being destroyed meanwhile; return whether it still is there."""
    try:
        held.enter_context(handle)
    except InvalidHandle:
        return False
    return True
