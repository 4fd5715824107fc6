"""What a broken driver sends: each fault changes what it is about, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("rclpy")

from sensor_msgs.msg import Image, JointState

from vla_ros.errors import MessageError, NoDepthError
from vla_ros.evaluation.faults.table import FAULTS
from vla_ros.ros.broken_messages import LAG_NS, BreakingTopic
from vla_ros.ros.images import (
    depth_m_from_image,
    image_from_depth_m,
    image_from_rgb,
    rgb_from_image,
)
from vla_ros.ros.stamps import stamp_ns, time_msg

RGB = np.random.default_rng(0).integers(0, 256, (4, 6, 3), dtype=np.uint8)
DEPTH = np.linspace(0.5, 1.5, 24, dtype=np.float32).reshape(4, 6)


def picture(at_ns: int = 0) -> Image:
    return image_from_rgb(RGB, "optical", at_ns)


def depth(encoding: str) -> Image:
    return image_from_depth_m(DEPTH, encoding, "optical", 0)


def joints() -> JointState:
    return JointState(name=["a", "b"], position=[1.0, 2.0], velocity=[0.0, 0.0])


def broken(fault: str, msg):
    (passed,) = BreakingTopic().pass_on(fault, msg)
    return passed


@pytest.mark.parametrize("fault", ["", *FAULTS])
@pytest.mark.parametrize("make", [picture, joints])
def test_what_a_fault_is_not_about_passes_as_it_is(fault, make):
    about = JointState if fault.startswith("joint_states") else Image
    if not isinstance(make(), about) or not fault.startswith(("joint", "camera", "picture")):
        assert broken(fault, make()) == make()


def test_pictures_break():
    assert not rgb_from_image(broken("camera_black", picture())).any()
    turned = rgb_from_image(broken("camera_upside_down", picture()))
    np.testing.assert_array_equal(turned, RGB[::-1, ::-1])
    halved = rgb_from_image(broken("picture_wrong_shape", picture()))
    np.testing.assert_array_equal(halved, RGB[::2, ::2])
    assert BreakingTopic().pass_on("camera_stops", picture()) == []


@pytest.mark.parametrize("encoding", ["16UC1", "32FC1"])
def test_depth_breaks_in_both_encodings(encoding):
    with pytest.raises(NoDepthError):
        depth_m_from_image(broken("depth_wrong_unit", depth(encoding)))
    assert np.isnan(depth_m_from_image(broken("depth_nan", depth(encoding)))).all()
    turned = depth_m_from_image(broken("camera_upside_down", depth(encoding)))
    np.testing.assert_allclose(turned, DEPTH[::-1, ::-1], atol=1e-3)
    unchanged = depth_m_from_image(broken("camera_black", depth(encoding)))
    np.testing.assert_allclose(unchanged, DEPTH, atol=1e-3)


def test_joint_states_break():
    assert np.isnan(broken("joint_states_nan", joints()).position).all()
    assert len(broken("joint_states_wrong_shape", joints()).position) == 1
    assert BreakingTopic().pass_on("joint_states_stop", joints()) == []


def test_a_lagging_camera_sends_everything_a_second_late():
    topic, sent = BreakingTopic(), []
    period_ns = LAG_NS // 10
    for tick in range(25):
        for msg in topic.pass_on("camera_lags", picture(tick * period_ns)):
            sent.append(stamp_ns(msg.header.stamp))
            assert tick * period_ns - sent[-1] == LAG_NS
    assert sent == [tick * period_ns for tick in range(15)]
    mended = topic.pass_on("", picture(25 * period_ns))
    assert [msg.header.stamp for msg in mended] == [time_msg(25 * period_ns)]


def test_what_cannot_be_read_is_refused_not_guessed():
    with pytest.raises(MessageError):
        rgb_from_image(Image())
