"""A lifecycle node whose transitions say what went wrong.

rclpy swallows an exception in a transition without a word; here it is logged and becomes FAILURE
(something the operator can mend) or ERROR (a defect).
"""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import Any

from rclpy.clock import Clock, ClockType  # type: ignore[attr-defined, unused-ignore]
from rclpy.lifecycle import LifecycleNode, LifecycleState, TransitionCallbackReturn

from vla_ros.errors import VlaRosError
from vla_ros.ros.running import StartFailed


class ManagedNode(LifecycleNode):
    """Base of our lifecycle nodes: subclasses fill in configure, activate, deactivate, cleanup.

    With the parameter `autostart` (the default) it configures and activates itself once it spins,
    so that launch files, `vla-ros demo` and `ros2 run` behave alike; a lifecycle supervisor sets
    it to false. A node that fails to start itself ends with a clear line.
    """

    def __init__(self, name: str, **options: Any) -> None:
        super().__init__(name, **options)
        self.declare_parameter("autostart", True)
        # Not on simulated time, which may not have begun.
        clock = Clock(clock_type=ClockType.STEADY_TIME)
        self._starting = self.create_timer(0.0, self._start_itself, clock=clock)

    def destroy_node(self) -> None:
        """Destroy the node with its state machine, which rclpy leaves: see running.destroy."""
        super().destroy_node()
        self._state_machine.destroy_when_not_in_use()

    def configure(self) -> None:
        """Read parameters, load models, make publishers and subscriptions."""
        raise TypeError(f"{type(self).__name__} must say how it is configured")

    def activate(self) -> None:
        """Begin to work."""

    def deactivate(self) -> None:
        """Stop working; keep what was loaded."""

    def cleanup(self) -> None:
        """Let go of everything that configure made; must also do after half a configure."""

    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Configure."""
        return self._guarded("configure", self.configure)

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Activate."""
        return self._guarded("activate", self.activate)

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Deactivate."""
        return self._guarded("deactivate", self.deactivate)

    def on_cleanup(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Clean up."""
        return self._guarded("clean up", self.cleanup)

    def on_shutdown(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Clean up for the last time."""
        return self._guarded("shut down", self.cleanup)

    def on_error(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Clean up after a defect; the node may then be configured again."""
        return self._guarded("recover", self.cleanup)

    def _guarded(self, doing: str, hook: Callable[[], None]) -> TransitionCallbackReturn:
        try:
            hook()
        except VlaRosError as error:
            self.get_logger().error(f"cannot {doing}: {error}")
            if doing == "configure":
                self.cleanup()
            return TransitionCallbackReturn.FAILURE
        except Exception:
            self.get_logger().error(f"cannot {doing}:\n{traceback.format_exc()}")
            return TransitionCallbackReturn.ERROR
        return TransitionCallbackReturn.SUCCESS

    def _start_itself(self) -> None:
        self.destroy_timer(self._starting)
        if not self.get_parameter("autostart").value:
            return
        for step in (self.trigger_configure, self.trigger_activate):
            if step() is not TransitionCallbackReturn.SUCCESS:
                raise StartFailed(f"{self.get_name()} could not start; the reason is above")
