"""Films are read back with another library than the one that wrote them."""

import cv2
import numpy as np
import pytest
from PIL import Image

from vla_ros.errors import SimulationError
from vla_ros.sim.video import VideoWriter, save_gif, save_picture, side_by_side, with_caption


def flat(value, height=120, width=160):
    return np.full((height, width, 3), value, dtype=np.uint8)


def test_an_mp4_holds_the_pictures_in_order(tmp_path):
    path = tmp_path / "deep" / "film.mp4"
    with VideoWriter(path, fps=10) as film:
        for value in (20, 120, 220):
            film.add(flat(value))
    reader = cv2.VideoCapture(str(path))
    assert reader.get(cv2.CAP_PROP_FPS) == pytest.approx(10.0)
    seen = []
    while True:
        more, frame = reader.read()
        if not more:
            break
        seen.append(frame.mean())
    assert seen == pytest.approx([20, 120, 220], abs=4)


def test_a_film_refuses_pictures_of_another_size(tmp_path):
    with VideoWriter(tmp_path / "film.mp4", fps=10) as film:
        film.add(flat(10))
        with pytest.raises(SimulationError, match="320"):
            film.add(flat(10, 240, 320))


def test_a_caption_changes_the_bottom_only():
    picture = flat(128)
    captioned = with_caption(picture, "put the red cube in the bowl")
    np.testing.assert_array_equal(captioned[:90], picture[:90])
    assert captioned[-12:].max() > 200, "light letters"
    assert captioned[-12:].min() < 80, "dark bar"
    np.testing.assert_array_equal(with_caption(picture, ""), picture)


def test_a_long_caption_shrinks_rather_than_leaving_the_picture():
    captioned = with_caption(flat(128), "x" * 60)
    assert captioned[:, -4:].max() < 140


def test_gif_and_png(tmp_path):
    save_gif(tmp_path / "film.gif", [flat(10), flat(200)], fps=5)
    with Image.open(tmp_path / "film.gif") as gif:
        assert gif.n_frames == 2
        assert gif.info["duration"] == 200
    save_picture(tmp_path / "picture.png", flat(77))
    np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "picture.png")), flat(77))
    with pytest.raises(SimulationError, match="no pictures"):
        save_gif(tmp_path / "none.gif", [], fps=5)


def test_side_by_side_makes_pictures_equally_high():
    assert side_by_side([flat(1), flat(2, 240, 320)]).shape == (120, 320, 3)
