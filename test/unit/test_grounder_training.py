"""Training on a handful of drawn pictures: it learns, resumes and leaves a model that loads."""

import json
from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from tokenizers import Tokenizer  # noqa: E402

from vla_ros.backends.tabletop_detector import (  # noqa: E402
    TabletopDetectorForZeroShotObjectDetection,
)
from vla_ros.backends.tabletop_onnx import OnnxTabletopGrounder  # noqa: E402
from vla_ros.errors import ConfigError  # noqa: E402
from vla_ros.training.detector_batches import BatchMaker  # noqa: E402
from vla_ros.training.detector_export import write_folder  # noqa: E402
from vla_ros.training.detector_loss import detector_loss  # noqa: E402
from vla_ros.training.grounder import GrounderTraining, train  # noqa: E402
from vla_ros.training.labelled_pictures import LabelledPictures  # noqa: E402
from vla_ros.training.phrases import PhraseMaker  # noqa: E402
from vla_ros.training.training_views import Subjects, ViewSize  # noqa: E402
from vla_ros.training.vocabulary import build_tokenizer, every_word  # noqa: E402
from vla_ros.types import CameraFrame  # noqa: E402

COLORS = {"red": (210, 30, 30), "blue": (30, 50, 210), "green": (30, 150, 40)}
SMALL = GrounderTraining(
    steps=6,
    sizes=(ViewSize((64, 80), 4, (0.8, 0.5)), ViewSize((240, 320), 2, (0.2, 0.5))),
    queries=4,
    warmup_steps=2,
    evaluate_every=3,
    evaluation_pictures=2,
    threads=1,
    model={"stem_widths": (8, 16, 32, 32), "concept_width": 32, "visual_layers": 1},
)


def draw(folder, count, seed):
    """Write a shard of pictures of one coloured square and one coloured bar each."""
    rng = np.random.default_rng(seed)
    images = np.full((count, 240, 320, 3), 150, np.uint8)
    objects = []
    for image in images:
        things = []
        for noun, width, height, left in (("cube", 24, 24, 40), ("bar", 60, 14, 180)):
            color = str(rng.choice(list(COLORS)))
            x, y = left + int(rng.integers(0, 60)), int(rng.integers(60, 180))
            image[y : y + height, x : x + width] = COLORS[color]
            things.append(
                {
                    "nouns": [noun],
                    "colors": [color],
                    "sizes": [],
                    "categories": ["toy"],
                    "box_px": [x, y, x + width, y + height],
                    "visible_fraction": 1.0,
                }
            )
        objects.append(things)
    shard = folder / "shard_000"
    shard.mkdir(parents=True)
    np.save(shard / "images.npy", images)
    (shard / "objects.json").write_text(json.dumps(objects))


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dataset")
    for number, (split, count) in enumerate({"train": 12, "val": 6, "heldout": 4}.items()):
        draw(folder / split, count, number)
    return folder


@pytest.fixture(scope="module")
def trained(dataset, tmp_path_factory):
    out = tmp_path_factory.mktemp("trained")
    lines = []
    train(SMALL, dataset, out, lines.append)
    return out, lines


def test_the_result_loads_and_grounds(trained, dataset):
    out, _ = trained
    rgb, _ = LabelledPictures(dataset / "val").picture(0)
    grounder = OnnxTabletopGrounder(out, threads=1, least_score=0.0)
    found = grounder.ground(CameraFrame(rgb, None, np.eye(3), "camera", 0), ["red cube"])
    assert found and all(0.0 <= d.score <= 1.0 for d in found)
    assert set(json.loads((out / "figures.json").read_text())) == {"val", "heldout_pairs"}


def test_writing_a_model_leaves_it_as_it_was(trained, tmp_path):
    model = TabletopDetectorForZeroShotObjectDetection.from_pretrained(trained[0]).eval()
    tokenizer = Tokenizer.from_file(str(trained[0] / "tokenizer.json"))
    pixels, ids = torch.rand(1, 3, 240, 320), torch.ones(2, 3, dtype=torch.long)
    before = model(pixels, ids).logits
    write_folder(model, tokenizer, tmp_path)
    assert not model.training
    assert torch.equal(model(pixels, ids).logits, before)


def test_an_interrupted_training_ends_where_an_uninterrupted_one_does(trained, dataset, tmp_path):
    from safetensors.torch import load_file

    class Interrupted(Exception):
        pass

    def interrupt(line):
        if line.startswith("{"):
            raise Interrupted

    with pytest.raises(Interrupted):
        train(replace(SMALL, checkpoint_s=0.0), dataset, tmp_path, interrupt)
    lines = []
    train(SMALL, dataset, tmp_path, lines.append)
    assert any(line.startswith("resuming at step") for line in lines)
    whole, resumed = (load_file(f / "model.safetensors") for f in (trained[0], tmp_path))
    assert whole.keys() == resumed.keys()
    for name, value in whole.items():
        torch.testing.assert_close(resumed[name], value, rtol=1e-3, atol=1e-4)


def test_training_can_go_on_from_a_finished_model(trained, dataset, tmp_path):
    before = TabletopDetectorForZeroShotObjectDetection.from_pretrained(trained[0])
    still = replace(
        SMALL, steps=1, warmup_steps=1, learning_rate=0.0, model={}, start_from=trained[0]
    )
    train(still, dataset, tmp_path, lambda line: None)
    after = TabletopDetectorForZeroShotObjectDetection.from_pretrained(tmp_path)
    words = [(folder / "tokenizer.json").read_text() for folder in (trained[0], tmp_path)]
    assert words[0] == words[1]
    for (name, value), other in zip(before.named_parameters(), after.parameters(), strict=True):
        assert torch.equal(value, other), name


def test_a_model_that_lacks_a_word_of_the_pictures_is_refused(trained, tmp_path):
    draw(tmp_path / "train", 2, 0)
    draw(tmp_path / "val", 2, 1)
    path = tmp_path / "train" / "shard_000" / "objects.json"
    path.write_text(path.read_text().replace('"bar"', '"spatula"'))
    config = replace(SMALL, model={}, start_from=trained[0])
    with pytest.raises(ConfigError, match=r"does not know .*spatula"):
        train(config, tmp_path, tmp_path / "out")


def test_there_must_be_a_model_to_go_on_from(dataset, tmp_path):
    config = replace(SMALL, model={}, start_from=tmp_path)
    with pytest.raises(ConfigError, match="no finished model"):
        train(config, dataset, tmp_path / "out")
    with pytest.raises(ConfigError, match="sizes of its own"):
        replace(SMALL, start_from=tmp_path)


def test_bfloat16_gives_nearly_the_same_loss_and_float32_weights(trained, dataset):
    model = TabletopDetectorForZeroShotObjectDetection.from_pretrained(trained[0]).train()
    pictures = LabelledPictures(dataset / "train")
    phrases = PhraseMaker(pictures.objects())
    tokenizer = Tokenizer.from_file(str(trained[0] / "tokenizer.json"))
    batch = BatchMaker(pictures, phrases, tokenizer, SMALL.sizes, 4, seed=0).batch(0, 0.0)
    exact = detector_loss(model, batch).total
    coarse = detector_loss(model, batch, bfloat16=True).total
    assert not torch.equal(exact, coarse)
    torch.testing.assert_close(exact, coarse, rtol=0.05, atol=0.0)
    coarse.backward()
    assert all(p.grad is None or p.grad.dtype == torch.float32 for p in model.parameters())


def test_a_batch_is_the_same_each_time_and_different_from_the_next(dataset):
    pictures = LabelledPictures(dataset / "train")
    phrases = PhraseMaker(pictures.objects())
    tokenizer = build_tokenizer(every_word(phrases), 12)
    sizes = (ViewSize((64, 80), 4, (1.0, 1.0)),)
    maker = BatchMaker(pictures, phrases, tokenizer, sizes, queries=4, seed=0)
    first, again, other = maker.batch(3, 0.5), maker.batch(3, 0.5), maker.batch(4, 0.5)
    assert torch.equal(first.pixel_values, again.pixel_values)
    assert torch.equal(first.matches, again.matches)
    assert not torch.equal(first.pixel_values, other.pixel_values)
    assert first.pixel_values.shape == (4, 3, 64, 80) and first.matches.shape == (4, 80, 4)


def test_whole_pictures_come_late(dataset):
    pictures = LabelledPictures(dataset / "train")
    phrases = PhraseMaker(pictures.objects())
    tokenizer = build_tokenizer(every_word(phrases), 12)
    sizes = (ViewSize((64, 80), 3, (1.0, 0.0)), ViewSize((240, 320), 1, (0.0, 1.0)))
    maker = BatchMaker(pictures, phrases, tokenizer, sizes, queries=2, seed=0)
    assert all(maker.batch(n, 0.0).pixel_values.shape == (3, 3, 64, 80) for n in range(4))
    assert all(maker.batch(n, 1.0).pixel_values.shape == (1, 3, 240, 320) for n in range(4))


def test_rare_kinds_come_up_more_often_than_they_stand_about(tmp_path):
    shard = tmp_path / "shard_000"
    shard.mkdir()
    kinds = ["cube"] * 90 + ["wrench"] * 10
    np.save(shard / "images.npy", np.zeros((len(kinds), 240, 320, 3), np.uint8))
    thing = {"colors": [], "sizes": [], "categories": [], "visible_fraction": 1.0}
    entries = [[{**thing, "nouns": [kind], "box_px": [10, 10, 40, 40]}] for kind in kinds]
    entries[0].append({**thing, "nouns": ["tray"], "box_px": [0, 0, 200, 100]})
    (shard / "objects.json").write_text(json.dumps(entries))
    pictures = LabelledPictures(tmp_path)
    subjects = Subjects(pictures, (64, 64))
    rng = np.random.default_rng(0)
    picked = [subjects.pick(rng) for _ in range(2000)]
    assert all(number == 0 for _, number in picked), "the tray does not fit"
    share = np.mean([kinds[picture] == "wrench" for picture, _ in picked])
    assert 0.2 < share < 0.5


def test_without_pictures_it_says_how_to_get_them(tmp_path):
    with pytest.raises(ConfigError, match="vla-ros train grounder"):
        train(SMALL, tmp_path, tmp_path / "out")


def test_steps_or_minutes_but_not_both():
    with pytest.raises(ConfigError, match="either steps or minutes"):
        GrounderTraining(steps=10, minutes=1.0)
    with pytest.raises(ConfigError, match="either steps or minutes"):
        GrounderTraining(steps=None)


def test_a_checkpoint_of_another_model_is_refused(trained, dataset):
    other = replace(SMALL, model={**SMALL.model, "concept_width": 64})
    with pytest.raises(ConfigError, match="remove it to start anew"):
        train(other, dataset, trained[0])
