"""Stop is understood at once, in any dress, and only where it is meant."""

import string
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vla_ros.language.stop_words import is_stop

STOPS = """
stop|Stop!|STOP|STOP!!!|stop.|  stop  |stop now|stop it|stop that|stop moving|stop the robot
please stop|stop please|robot, stop|robot stop!|hey robot stop|hey, stop!|no, stop|oh no stop
stop stop stop|stop! stop!|stop immediately|just stop|ok stop|you must stop|i said stop|now stop
halt|halt!|freeze|FREEZE!|abort|abort mission|cancel|pause|wait|whoa|emergency stop|emergency
e-stop|estop|E-STOP|everything stop|can you stop|could you please stop|we need to stop
don't move|dont move|Don’t move!|do not move|don't|don't move the arm|do not continue|don't go on
hold still|stay still|stand still|keep still|hold it|hold on|shut down|please halt
stooop|stoppp|STOOOOOP|stpo|sotp|stp|stop putting the cube in the bowl|stop and go home
"stop"|(stop)|¡stop!|stop 🛑|🛑 stop|\tstop\n
"""  # noqa: RUF001
OTHERS = """
pick up the stop sign|put the stopper in the bowl|pick up the cube|go home|put the stop sign down
|   |don't pick up the cube|do not open the drawer|never pick up the cube|don't stop|do not stop
stopper|unstoppable|stop sign|the stop button is red|pick up the cube and stop|shop|step|top
pick up the freezer bag|put the pause button in the box|shut the drawer|hold the cube
hold it over the bowl|where is the stop watch|what is on the table|put the cube on the plate
"""


@pytest.mark.parametrize(
    "text", [t for line in STOPS.strip("\n").split("\n") for t in line.split("|")]
)
def test_stops(text):
    assert is_stop(text)


@pytest.mark.parametrize(
    "text", [t for line in OTHERS.strip("\n").split("\n") for t in line.split("|")]
)
def test_is_no_stop(text):
    assert not is_stop(text)


@given(st.text(max_size=300))
def test_never_raises(text):
    assert is_stop(text) in (True, False)


@given(st.text(alphabet=string.punctuation.replace("'", "") + string.whitespace, max_size=30))
def test_signs_around_it_do_not_matter(noise):
    assert is_stop(noise + "stop" + noise)


@pytest.mark.parametrize("tail", [" now", " please " * 100_000, "!" * 1_000_000, " x" * 500_000])
def test_length_does_not_matter(tail):
    assert is_stop("stop" + tail)
    assert is_stop(" " * 1_000_000 + "stop" + tail)


def test_it_imports_nothing_heavy():
    probe = "import sys, vla_ros.language.stop_words; print(sorted(sys.modules))"
    loaded = subprocess.run(
        [sys.executable, "-c", probe], capture_output=True, text=True, check=True
    )
    assert not any(f"'{name}'" in loaded.stdout for name in ("numpy", "scipy", "vla_ros.types"))
