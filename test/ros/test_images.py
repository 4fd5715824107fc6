import array

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sensor_msgs.msg import CompressedImage, Image

from vla_ros.errors import MessageError
from vla_ros.ros import images

SIDE = st.integers(1, 9)


def message(values: np.ndarray, encoding: str, padding: int = 0, big: bool = False) -> Image:
    """Write an Image row by row with struct-like care: the oracle's own way, not the code's."""
    rows = []
    for row in values:
        ordered = row.astype(row.dtype.newbyteorder(">" if big else "<"))
        rows.append(ordered.tobytes() + b"\xa5" * padding)
    msg = Image(height=len(rows), width=values.shape[1], encoding=encoding, is_bigendian=int(big))
    msg.step = len(rows[0])
    msg.data = array.array("B", b"".join(rows))
    return msg


@given(hnp.arrays(np.uint8, st.tuples(SIDE, SIDE, st.just(3))), st.integers(0, 5))
def test_rgb_whatever_the_padding(rgb, padding):
    np.testing.assert_array_equal(images.rgb_from_image(message(rgb, "rgb8", padding)), rgb)
    bgr = rgb[..., ::-1]
    np.testing.assert_array_equal(images.rgb_from_image(message(bgr, "bgr8", padding)), rgb)


@pytest.mark.parametrize(("encoding", "order"), [("rgba8", [0, 1, 2, 3]), ("bgra8", [2, 1, 0, 3])])
def test_alpha_is_dropped(encoding, order):
    rgba = np.random.default_rng(0).integers(0, 256, (4, 5, 4), dtype=np.uint8)
    read = images.rgb_from_image(message(rgba[..., order], encoding, 3))
    np.testing.assert_array_equal(read, rgba[..., :3])


def test_grey_becomes_equal_channels():
    grey = np.array([[0, 128], [255, 7]], dtype=np.uint8)
    read = images.rgb_from_image(message(grey[..., None], "mono8"))
    np.testing.assert_array_equal(read, np.stack([grey] * 3, axis=-1))
    deep = (grey.astype(np.uint16) << 8)[..., None]
    for big in (False, True):
        read = images.rgb_from_image(message(deep, "mono16", 2, big))
        np.testing.assert_array_equal(read[..., 1], grey)


@pytest.mark.parametrize("big", [False, True])
def test_depth_in_millimetres(big):
    raw = np.array([[[0], [1000]], [[65535], [250]]], dtype=np.uint16)
    read = images.depth_m_from_image(message(raw, "16UC1", 4, big))
    np.testing.assert_allclose(read, [[np.nan, 1.0], [65.535, 0.25]], rtol=1e-6)
    assert read.dtype == np.float32


@pytest.mark.parametrize("big", [False, True])
def test_depth_in_metres(big):
    raw = np.array([[[0.0], [1.5]], [[np.inf], [-1.0]]], dtype=np.float32)
    read = images.depth_m_from_image(message(raw, "32FC1", 4, big))
    np.testing.assert_allclose(read, [[np.nan, 1.5], [np.nan, np.nan]])


@given(
    hnp.arrays(np.float32, st.tuples(SIDE, SIDE), elements=st.floats(0.25, 60.0, width=32)),
    st.sampled_from(["16UC1", "32FC1"]),
)
def test_depth_round_trip(depth_m, encoding):
    depth_m[0, 0] = np.nan
    msg = images.image_from_depth_m(depth_m, encoding, "camera", 12)
    read = images.depth_m_from_image(msg)
    np.testing.assert_allclose(read, depth_m, atol=0.00051 if encoding == "16UC1" else 0.0)


@given(hnp.arrays(np.uint8, st.tuples(SIDE, SIDE, st.just(3))))
def test_rgb_round_trip(rgb):
    msg = images.image_from_rgb(rgb, "camera", 1_500_000_000)
    assert (msg.header.stamp.sec, msg.header.stamp.nanosec) == (1, 500_000_000)
    assert msg.step == 3 * rgb.shape[1]
    np.testing.assert_array_equal(images.rgb_from_image(msg), rgb)


def test_a_view_of_a_larger_picture_is_written_whole():
    large = np.random.default_rng(1).integers(0, 256, (20, 30, 3), dtype=np.uint8)
    part = large[3:9, 4:11]
    np.testing.assert_array_equal(images.rgb_from_image(images.image_from_rgb(part, "c", 0)), part)


@pytest.mark.parametrize(
    "change",
    [
        {"step": 5},
        {"height": 9},
        {"height": 0},
        {"width": 2**31},
        {"encoding": "jpeg?"},
        {"encoding": ""},
    ],
)
def test_malformed_images_are_refused(change):
    msg = message(np.zeros((2, 2, 3), np.uint8), "rgb8")
    for name, value in change.items():
        setattr(msg, name, value)
    with pytest.raises(MessageError):
        images.rgb_from_image(msg)


def test_depth_in_another_encoding_is_refused():
    with pytest.raises(MessageError, match="16UC1"):
        images.depth_m_from_image(message(np.zeros((2, 2, 3), np.uint8), "rgb8"))


def test_jpeg_keeps_colours_apart():
    rgb = np.zeros((32, 48, 3), np.uint8)
    rgb[:, :24] = (220, 30, 40)
    rgb[:, 24:] = (20, 60, 210)
    msg = images.compressed_from_rgb(rgb, "camera", 0)
    assert "jpeg" in msg.format
    read = images.rgb_from_compressed(msg).astype(int)
    assert np.abs(read - rgb)[:, [8, 40]].max() < 12


def test_png_is_read_exactly():
    rgb = np.random.default_rng(2).integers(0, 256, (8, 6, 3), dtype=np.uint8)
    _, encoded = cv2.imencode(".png", rgb[..., ::-1])
    msg = CompressedImage(format="png", data=array.array("B", encoded.tobytes()))
    np.testing.assert_array_equal(images.rgb_from_compressed(msg), rgb)


@pytest.mark.parametrize("junk", [b"", b"not a picture", b"\xff\xd8\xff\xe0"])
def test_broken_compressed_images_are_refused(junk):
    with pytest.raises(MessageError):
        images.rgb_from_compressed(CompressedImage(format="jpeg", data=array.array("B", junk)))
