"""How a node's process starts and ends."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LIMIT_S = 300.0
"""For a process to start and end: only there so that a failure ends."""

TICKER = """
import sys
from rclpy.node import Node
from vla_ros.errors import ConfigError
from vla_ros.ros.running import run_node

class Ticker(Node):
    def __init__(self):
        super().__init__("ticker")
        if "wrong" in sys.argv:
            raise ConfigError("speed is said twice")
        self.create_timer(0.05, self.tick)
    def tick(self):
        print("tick", flush=True)
        if "defect" in sys.argv:
            raise ZeroDivisionError("a defect")
    def close(self):
        print("closed", self.context.ok(), flush=True)

sys.exit(run_node(Ticker, threads=int(sys.argv[1])))
"""

LIFECYCLE = """
import sys
from vla_ros.errors import ModelError
from vla_ros.ros.lifecycle import ManagedNode
from vla_ros.ros.running import run_node

class Learner(ManagedNode):
    def __init__(self, name):
        super().__init__(name)
        self.create_timer(0.05, self.tell)
    def tell(self):
        print("is", self._state_machine.current_state[1], flush=True)
    def configure(self):
        if "missing" in sys.argv:
            raise ModelError("there is no model in /nowhere")
        if "defect" in sys.argv:
            raise ZeroDivisionError("a defect")
    def activate(self):
        print("active", flush=True)

sys.exit(run_node(lambda: Learner("learner")))
"""


def start(code, *arguments, **environment):
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        env=dict(os.environ, PYTHONPATH=str(ROOT), **environment),
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def wait_for(process, word):
    for line in process.stdout:
        if word in line:
            return
    raise AssertionError(f"ended without saying {word!r}")


@pytest.mark.parametrize("threads", ["1", "3"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_cleanly_with_a_last_word(threads, number):
    process = start(TICKER, threads)
    wait_for(process, "tick")
    process.send_signal(number)
    rest, _ = process.communicate(timeout=LIMIT_S)
    assert process.returncode == 0
    # close() could still publish: the context was alive.
    assert "closed True" in rest and "Traceback" not in rest


def test_wrong_configuration_is_one_line_and_status_2():
    process = start(TICKER, "1", "wrong")
    output, _ = process.communicate(timeout=LIMIT_S)
    assert process.returncode == 2
    assert "speed is said twice" in output and "Traceback" not in output


@pytest.mark.parametrize("threads", ["1", "3"])
def test_a_defect_is_told_with_its_traceback_after_the_last_word(threads):
    process = start(TICKER, threads, "defect")
    output, _ = process.communicate(timeout=LIMIT_S)
    assert process.returncode == 1
    assert "ZeroDivisionError" in output and "closed True" in output


def test_it_ends_with_its_parent():
    process = start(TICKER, "1", VLA_ROS_STOP_ON_EOF="1")
    wait_for(process, "tick")
    process.stdin.close()
    assert process.wait(LIMIT_S) == 0


def test_lifecycle_nodes_start_themselves():
    process = start(LIFECYCLE)
    wait_for(process, "active")
    process.send_signal(signal.SIGINT)
    assert process.wait(LIMIT_S) == 0


@pytest.mark.parametrize(
    ("what", "words", "traceback"),
    [("missing", "no model in /nowhere", False), ("defect", "ZeroDivisionError", True)],
)
def test_lifecycle_nodes_that_cannot_start_say_why(what, words, traceback):
    process = start(LIFECYCLE, what)
    output, _ = process.communicate(timeout=LIMIT_S)
    assert process.returncode == 2
    assert words in output and ("Traceback" in output) is traceback


def test_a_supervisor_may_start_it_instead():
    process = start(LIFECYCLE, "missing", "--ros-args", "-p", "autostart:=false")
    # Its start is due before that, and would end it: there is no model.
    wait_for(process, "is unconfigured")
    process.send_signal(signal.SIGINT)
    assert process.wait(LIMIT_S) == 0
