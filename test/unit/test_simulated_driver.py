"""The simulator as a driver: time waits for who leads the arm."""

import threading
import time

import numpy as np
import pytest
from control_rig import ROBOT

from vla_ros.sim.controllers import Waypoints
from vla_ros.sim.driver import SimulatedDriver
from vla_ros.sim.mujoco_environment import MujocoEnvironment

SLICE_S = 0.01
LONG_S = 30.0
HOME = np.array(ROBOT.home_rad)


@pytest.fixture
def driver():
    environment = MujocoEnvironment(render=False)
    environment.reset(1)
    return SimulatedDriver(environment, ROBOT, 1.0 / 500.0)


def lead(lead_s=0.015):
    return Waypoints(ROBOT.joint_names, (round(lead_s * 1e9),), HOME[None])


def waits(driver, patience_s):
    began = time.monotonic()
    driver.await_stream(SLICE_S, patience_s)
    return time.monotonic() - began >= patience_s


def test_time_waits_for_nobody_who_never_streamed(driver):
    assert not waits(driver, LONG_S)


def test_time_goes_on_while_the_arm_is_led(driver):
    driver.stream(lead(0.025))
    for _ in range(2):
        assert not waits(driver, LONG_S)
        driver.advance(SLICE_S)
    assert waits(driver, 0.02)
    # Then the stream has ended, and nobody is waited for again.
    driver.advance(SLICE_S)
    assert not waits(driver, LONG_S)


def test_the_next_command_ends_the_wait(driver):
    driver.stream(lead())
    driver.advance(SLICE_S)
    threading.Timer(0.05, driver.stream, [lead()]).start()
    assert not waits(driver, LONG_S)
    driver.advance(SLICE_S)


def test_a_slice_longer_than_the_lead_waits_for_one_command_each(driver):
    driver.stream(lead(0.002))
    assert not waits(driver, LONG_S)
    driver.advance(SLICE_S)
    assert waits(driver, 0.02)


def test_a_reset_ends_the_stream(driver):
    driver.stream(lead())
    driver.advance(SLICE_S)
    driver.reset(2)
    assert not waits(driver, LONG_S)


def test_for_a_moment_after_a_reset_what_comes_is_of_before_whatever_the_clock_does(driver):
    assert not driver.is_new
    driver.advance(4.0)
    driver.reset(2)
    assert driver.is_new
    driver.advance(0.2)
    assert not driver.is_new
    driver.jump(-3_000_000_000)
    assert not driver.is_new
