"""Loading of public checkpoints: device, number format, attention, complete weights."""

import json
import shutil
from importlib.util import find_spec

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from safetensors.torch import load_file, save_file  # noqa: E402
from tiny_checkpoints import clipseg, grounding_dino, owl  # noqa: E402
from tiny_second_models import clip, sam, sam2, siglip, siglip2  # noqa: E402
from transformers import AutoModelForZeroShotObjectDetection as Detector  # noqa: E402

from vla_ros.backends import gpu  # noqa: E402
from vla_ros.backends.loading import inference, load_model  # noqa: E402
from vla_ros.checkpoints import find_checkpoint  # noqa: E402
from vla_ros.errors import ModelError  # noqa: E402
from vla_ros.params import ModelParams  # noqa: E402
from vla_ros.registry import create_encoder, create_grounder, create_masker  # noqa: E402
from vla_ros.types import CameraFrame  # noqa: E402


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return owl(tmp_path_factory.mktemp("owlv2"))


@pytest.fixture
def copy(folder, tmp_path):
    return shutil.copytree(folder, tmp_path / "copy")


def frame():
    rgb = np.random.default_rng(0).integers(0, 256, (60, 100, 3), dtype=np.uint8)
    return CameraFrame(rgb, None, np.eye(3), "", 0)


def load(folder, **params):
    return load_model(find_checkpoint(str(folder)), ModelParams(**params), Detector)


def test_weights_are_those_on_disk_and_their_place_is_told(folder):
    loaded = load(folder, model_device="cpu")
    stored = load_file(folder / "model.safetensors")
    weights = dict(loaded.network.state_dict())
    assert stored and all(torch.equal(weights[name], stored[name]) for name in stored)
    assert loaded.placement.startswith(f"{folder} on cpu, float32, ")
    assert not loaded.network.training


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU here")
@pytest.mark.parametrize("device", ["cuda", "cuda:1"])
@pytest.mark.parametrize("ours", [True, False])
def test_a_gpu_that_is_not_there_is_an_error_and_not_the_cpu(folder, ours, device):
    name = "default-torch" if ours else str(folder)
    with pytest.raises(ModelError, match=rf"model_device is '{device}' but .* sees no GPU"):
        create_grounder(name, ModelParams(model_device=device))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU here")
@pytest.mark.parametrize("build", [owl, grounding_dino])
def test_on_a_gpu_boxes_are_those_of_the_cpu(tmp_path, build):
    name = str(build(tmp_path))
    on_cpu, on_gpu = (create_grounder(name, ModelParams(model_device=d)) for d in ("cpu", "cuda"))
    assert "cuda:0" in on_gpu.placement
    ours, theirs = (g.ground(frame(), ["cube"])[0] for g in (on_gpu, on_cpu))
    np.testing.assert_allclose(ours.box_px, theirs.box_px, atol=0.5)


@pytest.mark.parametrize("device", ["tpu9", "cpu:x", ""])
def test_unknown_devices(device):
    with pytest.raises(ModelError, match=r"model_device|compute on"):
        gpu.torch_device(device)


def test_a_device_that_computes_wrongly_is_refused(monkeypatch):
    monkeypatch.setattr(torch, "ones", lambda *size, device: torch.zeros(*size))
    with pytest.raises(ModelError, match="computes wrongly"):
        gpu.torch_device("cpu")


def test_missing_weights_are_not_left_to_chance(copy):
    weights = load_file(copy / "model.safetensors")
    gone = next(name for name in sorted(weights) if "box_head" in name)
    save_file({n: w for n, w in weights.items() if n != gone}, copy / "model.safetensors",
              metadata={"format": "pt"})  # fmt: skip
    with pytest.raises(ModelError, match=r"lacks 1 weights.*box_head"):
        load(copy, model_device="cpu")


def test_weights_of_another_shape_are_refused(copy):
    config = json.loads((copy / "config.json").read_text())
    config["vision_config"]["intermediate_size"] = 48
    (copy / "config.json").write_text(json.dumps(config))
    with pytest.raises(ModelError, match="copy"):
        load(copy, model_device="cpu")


def test_torn_weights_are_an_error_of_ours(copy):
    weights = copy / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    with pytest.raises(ModelError, match="cannot be loaded"):
        load(copy, model_device="cpu")


def test_a_pickle_beside_is_not_even_opened(copy):
    (copy / "pytorch_model.bin").write_bytes(b"cos\nsystem\n(S'false'\ntR.")
    assert load(copy, model_device="cpu").network is not None


def test_code_that_a_checkpoint_brings_does_not_run(copy):
    config = json.loads((copy / "config.json").read_text())
    config["auto_map"] = {"AutoModelForZeroShotObjectDetection": "own.Own"}
    (copy / "config.json").write_text(json.dumps(config))
    (copy / "own.py").write_text("raise SystemExit('own code ran')")
    assert type(load(copy, model_device="cpu").network).__module__.startswith("transformers.")


@pytest.mark.parametrize("name", ["bfloat16", "float32"])
def test_number_format_and_attention(folder, name):
    params = ModelParams(model_device="cpu", model_dtype=name, model_attention="eager")
    grounder = create_grounder(str(folder), params)
    assert f"on cpu, {name}" in grounder.placement
    assert all(np.isfinite(d.box_px).all() for d in grounder.ground(frame(), ["cube"]))


@pytest.mark.skipif(find_spec("flash_attn") is not None, reason="it is installed here")
def test_attention_that_is_not_installed_is_an_error(folder):
    with pytest.raises(ModelError, match=r"(?i)flash"):
        load(folder, model_device="cpu", model_attention="flash_attention_2")


def test_compiling_is_asked_of_the_network(folder, monkeypatch):
    compiled = []
    monkeypatch.setattr(torch.nn.Module, "compile", lambda self: compiled.append(type(self)))
    network = load(folder, model_device="cpu", model_compile=True).network
    assert compiled == [type(network)]


@pytest.mark.parametrize("build", [grounding_dino, clipseg, sam, sam2, clip, siglip, siglip2])
def test_every_family_runs_in_half_precision(tmp_path, build):
    name, params = str(build(tmp_path)), ModelParams(model_device="cpu", model_dtype="bfloat16")
    boxes = np.array([[5.0, 5.0, 60.0, 50.0]])
    if build in (sam, sam2):
        assert create_masker(name, params).masks(frame(), boxes).shape == (1, 60, 100)
    elif build in (clip, siglip, siglip2):
        assert np.isfinite(create_encoder(name, params).score(frame(), boxes, ["cube"])).all()
    else:
        create_grounder(name, params).ground(frame(), ["cube"])


def test_what_torch_raises_becomes_ours():
    with pytest.raises(ModelError, match=r"the owl failed.*shapes"), inference("the owl"):
        torch.ones(2, 3) @ torch.ones(2, 3)
