"""CLIP, SigLIP and SigLIP 2: scores of boxes, search in pictures."""

from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from tiny_second_models import clip, siglip, siglip2  # noqa: E402

from vla_ros.backends.dual_encoder import square_about  # noqa: E402
from vla_ros.errors import ConfigError, GroundingError  # noqa: E402
from vla_ros.params import ModelParams  # noqa: E402
from vla_ros.perception.picture import search_pictures  # noqa: E402
from vla_ros.registry import create_encoder  # noqa: E402
from vla_ros.types import CameraFrame  # noqa: E402

CPU = ModelParams(model_device="cpu")
BUILD = {"clip": clip, "siglip": siglip, "siglip2": siglip2}
COLORS = {"red": (255, 0, 0), "green": (0, 255, 0), "blue": (0, 0, 255)}


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    return {name: build(tmp_path_factory.mktemp("encoder")) for name, build in BUILD.items()}


def sees_colors(monkeypatch, network):
    """A perfect encoder: a picture's vector is its mean colour, a phrase's the one it names."""
    words = []

    def read(self, **inputs):
        vectors = torch.tensor([COLORS[word] for word in words], dtype=torch.float32)
        return SimpleNamespace(pooler_output=vectors)

    def look(self, pixel_values, **inputs):
        pixels = pixel_values.reshape(len(pixel_values), -1, 3) if pixel_values.ndim == 3 else (
            pixel_values.permute(0, 2, 3, 1).reshape(len(pixel_values), -1, 3))  # fmt: skip
        return SimpleNamespace(pooler_output=pixels.mean(1) - pixels.mean(1).mean(1, keepdim=True))

    monkeypatch.setattr(network, "get_text_features", read)
    monkeypatch.setattr(network, "get_image_features", look)
    return words


NETWORKS = {"clip": "CLIPModel", "siglip": "SiglipModel", "siglip2": "Siglip2Model"}


@pytest.mark.parametrize("family", BUILD)
def test_similarities_are_those_of_the_network_itself(folders, family):
    """Its own forward pass over the stock processor's input is the oracle."""
    encoder = create_encoder(str(folders[family]), CPU)
    rng = np.random.default_rng(0)
    pictures = [rng.integers(0, 256, (40, 40, 3), dtype=np.uint8) for _ in range(3)]
    phrases = ["red cube", "bowl"]
    vectors = encoder.encode_pictures(pictures), encoder.encode_phrases(phrases)
    ours = encoder.similarities(*vectors)
    processor = transformers.AutoProcessor.from_pretrained(folders[family])
    model = transformers.AutoModel.from_pretrained(folders[family]).eval()
    sentences = [f"this is a photo of {phrase}." for phrase in phrases]
    if family == "clip":
        sentences = [sentence.capitalize() for sentence in sentences]
    padding = {"padding": True} if family == "clip" else {"padding": "max_length", "max_length": 48}
    if family == "siglip2":
        padding |= {"patch_size": 8, "max_num_patches": 16}
    inputs = processor(images=pictures, text=sentences, return_tensors="pt", **padding)
    if family != "clip":
        inputs.pop("attention_mask", None)  # those models were trained without
    with torch.inference_mode():
        theirs = model(**inputs).logits_per_image.numpy()
    np.testing.assert_allclose(ours - ours[0], theirs - theirs[0], atol=1e-4)
    np.testing.assert_allclose(np.linalg.norm(vectors[0], axis=1), 1.0, atol=1e-5)


@pytest.mark.parametrize("family", BUILD)
def test_the_box_of_the_right_colour_fits_best(folders, monkeypatch, family):
    encoder = create_encoder(str(folders[family]), CPU)
    words = sees_colors(monkeypatch, getattr(transformers, NETWORKS[family]))
    rgb = np.full((120, 200, 3), 127, np.uint8)
    boxes = np.array([[10, 10, 50, 50], [60, 5, 90, 100], [150, 70, 200, 120]])
    for box, color in zip(boxes, COLORS.values(), strict=True):
        rgb[box[1] : box[3], box[0] : box[2]] = color
    words += ["blue", "red"]
    fits = encoder.score(CameraFrame(rgb, None, np.eye(3), "", 0), boxes, ["a", "b"])
    assert fits.argmax(axis=0).tolist() == [2, 0]


@pytest.mark.parametrize("family", BUILD)
def test_long_phrases_and_nothing(folders, family):
    encoder = create_encoder(str(folders[family]), CPU)
    frame = CameraFrame(np.zeros((20, 20, 3), np.uint8), None, np.eye(3), "", 0)
    assert encoder.score(frame, np.zeros((0, 4)), ["cube"]).shape == (0, 1)
    assert encoder.score(frame, np.ones((2, 4)), []).shape == (2, 0)
    with pytest.raises(GroundingError, match="48 tokens"):
        encoder.encode_phrases(["a thing that " * 8])


@given(
    st.tuples(st.integers(0, 30), st.integers(0, 20), st.integers(1, 30), st.integers(1, 20)),
)
def test_squares_hold_all_of_their_box(corner_and_size):
    x0, y0, across, down = corner_and_size
    rgb = np.full((40, 60, 3), 50, np.uint8)
    rgb[y0 : y0 + down, x0 : x0 + across] = 200
    square = square_about(rgb, np.array([x0, y0, x0 + across, y0 + down], float))
    assert square.shape[0] == square.shape[1]
    assert int((square == 200).all(axis=2).sum()) == across * down


def test_a_box_outside_the_picture_is_grey():
    square = square_about(np.zeros((40, 60, 3), np.uint8), np.array([70.0, 50, 80, 60]))
    assert (square == 127).all()


def test_search_finds_the_picture_and_the_corner(folders, monkeypatch, tmp_path):
    words = sees_colors(monkeypatch, transformers.CLIPModel)
    for name, color in COLORS.items():
        bgr = np.full((100, 100, 3), 127, np.uint8)
        bgr[60:, 60:] = color[::-1]
        cv2.imwrite(str(tmp_path / f"{name}.png"), bgr)
    paths = sorted(tmp_path.glob("*.png"))
    words.append("green")
    model = str(folders["clip"])
    found = search_pictures(paths, "green", model=model, params=CPU, most=2)
    assert len(found) == 2 and found[0].name == str(tmp_path / "green.png")
    assert found[0].similarity_nats > found[1].similarity_nats
    assert found[0].box_px.tolist() == [40, 40, 100, 100]
    with pytest.raises(GroundingError, match="no picture"):
        search_pictures([], "green", model=model, params=CPU)
    with pytest.raises(ConfigError, match="empty"):
        search_pictures(paths, " ", model=model, params=CPU)
