import threading

import numpy as np
import pytest
from geometry_msgs.msg import TransformStamped
from hypothesis import given
from hypothesis import strategies as st
from tf2_msgs.msg import TFMessage

from vla_ros.errors import TransformError
from vla_ros.geometry import pose, tool_down
from vla_ros.ros import qos
from vla_ros.ros.poses import transform_msg
from vla_ros.ros.tf import HISTORY_NS, TransformBuffer, TransformListener

SECOND = 1_000_000_000


def shifted(x: float, y: float = 0.0, z: float = 0.0) -> np.ndarray:
    return pose(np.array([x, y, z]))


def test_a_chain_through_both_branches():
    buffer = TransformBuffer()
    T_base_link = tool_down(np.array([0.3, 0.1, 0.5]), 0.7)
    T_base_camera = tool_down(np.array([1.0, 0.0, 0.6]), -1.2)
    buffer.add("base", "link", T_base_link, 0, static=True)
    buffer.add("link", "tool", shifted(0.0, 0.0, 0.1), 0, static=True)
    buffer.add("base", "camera", T_base_camera, 0, static=True)
    expected = np.linalg.inv(T_base_camera) @ T_base_link @ shifted(0.0, 0.0, 0.1)
    np.testing.assert_allclose(buffer.lookup("camera", "tool", SECOND), expected, atol=1e-12)
    np.testing.assert_allclose(
        buffer.lookup("tool", "camera", SECOND), np.linalg.inv(expected), atol=1e-12
    )


@given(st.floats(0.0, 1.0))
def test_between_two_samples_it_is_in_between(fraction):
    buffer = TransformBuffer()
    buffer.add("base", "tool", tool_down(np.array([0.0, 0.0, 0.2]), 0.0), SECOND)
    buffer.add("base", "tool", tool_down(np.array([1.0, 0.0, 0.2]), 1.0), 2 * SECOND)
    at_ns = SECOND + int(fraction * SECOND)
    exact = (at_ns - SECOND) / SECOND
    expected = tool_down(np.array([exact, 0.0, 0.2]), exact)
    np.testing.assert_allclose(buffer.lookup("base", "tool", at_ns), expected, atol=1e-6)


def test_samples_may_come_out_of_order():
    buffer = TransformBuffer()
    for at in (1, 4, 2, 3, 2):
        buffer.add("base", "tool", shifted(float(at)), at * SECOND)
    assert buffer.lookup("base", "tool", 2_500_000_000)[0, 3] == pytest.approx(2.5)


def test_errors_say_what_is_wrong():
    buffer = TransformBuffer()
    buffer.add("base", "tool", shifted(1.0), 10 * SECOND)
    buffer.add("base", "tool", shifted(2.0), 11 * SECOND)
    buffer.add("room", "camera", shifted(0.0), 0, static=True)
    with pytest.raises(TransformError, match="no frame 'wrist'"):
        buffer.lookup("base", "wrist", SECOND)
    with pytest.raises(TransformError, match="not connected"):
        buffer.lookup("base", "camera", 10 * SECOND)
    with pytest.raises(TransformError, match=r"0\.500 s after the newest"):
        buffer.lookup("base", "tool", 11 * SECOND + SECOND // 2)
    with pytest.raises(TransformError, match=r"1\.000 s before the oldest"):
        buffer.lookup("base", "tool", 9 * SECOND)
    for parent, child in (("", "a"), ("a", ""), ("a", "a")):
        with pytest.raises(TransformError, match="makes no sense"):
            buffer.add(parent, child, np.eye(4), 0)


def test_the_newest_that_all_frames_have():
    buffer = TransformBuffer()
    for at in (1, 2, 3):
        buffer.add("base", "link", shifted(float(at)), at * SECOND)
    for at in (1, 2):
        buffer.add("link", "tool", shifted(0.0, float(at)), at * SECOND)
    np.testing.assert_allclose(buffer.lookup("base", "tool", None)[:2, 3], [2.0, 2.0])


def test_a_frame_may_get_another_parent():
    buffer = TransformBuffer()
    buffer.add("base", "cup", shifted(1.0), SECOND)
    buffer.add("base", "tool", shifted(5.0), 0, static=True)
    buffer.add("tool", "cup", shifted(0.5), 2 * SECOND)
    assert buffer.lookup("base", "cup", 2 * SECOND)[0, 3] == pytest.approx(5.5)


def test_time_set_back_forgets_the_future():
    buffer = TransformBuffer()
    buffer.add("base", "tool", shifted(1.0), 100 * SECOND)
    buffer.add("base", "tool", shifted(2.0), SECOND)
    assert buffer.lookup("base", "tool", SECOND)[0, 3] == pytest.approx(2.0)


def test_memory_is_bounded():
    buffer = TransformBuffer()
    period = SECOND // 100
    for i in range(5000):
        buffer.add("base", "tool", shifted(float(i)), i * period)
    newest = 4999 * period
    assert buffer.lookup("base", "tool", newest - HISTORY_NS)[0, 3] == pytest.approx(3999.0)
    with pytest.raises(TransformError, match="before the oldest"):
        buffer.lookup("base", "tool", newest - 2 * HISTORY_NS)


def test_waits_for_what_is_under_way():
    buffer = TransformBuffer()
    buffer.add("base", "tool", shifted(0.0), 0)
    late = threading.Timer(0.05, buffer.add, ("base", "tool", shifted(2.0), 2 * SECOND))
    late.start()
    assert buffer.lookup("base", "tool", SECOND, timeout_s=10.0)[0, 3] == pytest.approx(1.0)
    late.join()


def test_listens_to_both_topics(graph, until):
    talker = graph.node("talker")
    listener = TransformListener(graph.node("listener"))
    static = talker.create_publisher(TFMessage, "tf_static", qos.TF_STATIC)
    moving = talker.create_publisher(TFMessage, "tf", qos.TF)
    static.publish(TFMessage(transforms=[transform_msg(shifted(1.0), "base", "camera", 0)]))
    broken = TransformStamped(child_frame_id="junk")
    broken.transform.rotation.w = 0.0
    assert until(lambda: moving.get_subscription_count() == 1)
    tool = transform_msg(shifted(0.0, 2.0), "base", "tool", SECOND)
    moving.publish(TFMessage(transforms=[broken, tool]))
    T_camera_tool = listener.buffer.lookup("camera", "tool", None, timeout_s=20.0)
    np.testing.assert_allclose(T_camera_tool[:3, 3], [-1.0, 2.0, 0.0])
