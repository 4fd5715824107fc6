"""Models by folder and by name on a hub that is a folder here."""

import json
import shutil
from pathlib import Path

import pytest

from vla_ros.checkpoints import CONFIG, MAX_CONFIG_BYTES, complete_folder, find_checkpoint
from vla_ros.checkpoints import is_hub_name as is_name
from vla_ros.errors import ConfigError, ModelError
from vla_ros.registry import ENCODER_FAMILIES, MASKER_FAMILIES, create_grounder, family_entry

COMMIT = "0123456789abcdef0123456789abcdef01234567"
FILES = {
    CONFIG: json.dumps({"model_type": "owlv2"}),
    "model.safetensors": "weights",
    "tokenizer.json": "{}",
    "pytorch_model.bin": "a pickle",
    "modeling_own.py": "print('own code')",
    "onnx/model.safetensors": "for somebody else",
}


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """A model hub with one repository; remembers what it was asked for."""
    huggingface_hub = pytest.importorskip("huggingface_hub")
    source, cache, asked = tmp_path / "hub", tmp_path / "cache", []
    for name, content in FILES.items():
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_text(content)
    snapshot = cache / "snapshots" / COMMIT

    def one_file(repository, name, *, revision, local_files_only):
        asked.append((repository, name, revision, local_files_only))
        if repository != "owner/model" or (local_files_only and not snapshot.is_dir()):
            raise huggingface_hub.errors.LocalEntryNotFoundError("no such model, or no network")
        snapshot.mkdir(parents=True, exist_ok=True)
        return shutil.copy(source / name, snapshot / name)

    def snapshot_download(repository, *, revision, allow_patterns, ignore_patterns, **options):
        asked.append((repository, "*", revision, options["local_files_only"]))
        names = [str(p.relative_to(source)) for p in source.rglob("*") if p.is_file()]
        filtered = huggingface_hub.utils.filter_repo_objects(
            names, allow_patterns=allow_patterns, ignore_patterns=ignore_patterns
        )
        for name in filtered:
            shutil.copy(source / name, snapshot / name)
        return str(snapshot)

    monkeypatch.setattr(huggingface_hub, "hf_hub_download", one_file)
    monkeypatch.setattr(huggingface_hub, "snapshot_download", snapshot_download)
    return asked


def folder_with(path: Path, config: str) -> Path:
    path.mkdir()
    (path / CONFIG).write_text(config)
    return path


@pytest.mark.parametrize(
    ("name", "fits"),
    [
        ("google/owlv2-base-patch16-ensemble", True),
        ("google/owlv2-base-patch16-ensemble@main", True),
        ("a/b@refs/pr/3", True),
        ("default", False),
        ("/models/owl", False),
        ("a/b/c", False),
        ("a/../b", False),
        ("../b", False),
        ("a/b@", False),
        ("a/b c", False),
        ("a/b\n", False),
    ],
)
def test_hub_names(name, fits):
    assert is_name(name) == fits


def test_a_hub_model_is_fetched_at_one_commit_without_anything_that_runs(hub):
    checkpoint = find_checkpoint("owner/model@v1")
    assert checkpoint.model_type == "owlv2"
    assert (checkpoint.repository, checkpoint.revision) == ("owner/model", COMMIT)
    folder = complete_folder(checkpoint)
    assert {p.name for p in folder.rglob("*")} == {CONFIG, "model.safetensors", "tokenizer.json"}
    assert hub == [
        ("owner/model", CONFIG, "v1", False),
        ("owner/model", "*", COMMIT, False),
    ]


def test_offline_asks_for_nothing_new(hub):
    with pytest.raises(ConfigError, match=r"'owner/model'.*network.*give its path"):
        find_checkpoint("owner/model", offline=True)
    find_checkpoint("owner/model")
    complete_folder(find_checkpoint("owner/model", offline=True), offline=True)
    assert all(offline for *_, offline in hub[2:])


def test_an_unknown_hub_model_says_what_to_check(hub):
    with pytest.raises(ConfigError, match=r"'somebody/else'.*Check the name"):
        create_grounder("somebody/else")


def test_a_folder_wins_over_the_hub(hub, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "owner").mkdir()
    folder_with(tmp_path / "owner" / "model", '{"model_type": "clip"}')
    assert find_checkpoint("owner/model").model_type == "clip"
    assert hub == []


@pytest.mark.parametrize(
    ("config", "message"),
    [("{", "cannot be read"), ("[1]", "no JSON object"), (" " * (MAX_CONFIG_BYTES + 1), "larger")],
    ids=["broken", "a list", "large"],
)
def test_broken_configurations(tmp_path, config, message):
    with pytest.raises(ModelError, match=message):
        find_checkpoint(str(folder_with(tmp_path / "model", config)))


def test_weights_that_could_run_code_are_refused(tmp_path):
    folder = folder_with(tmp_path / "model", '{"model_type": "owlv2"}')
    (folder / "pytorch_model.bin").write_bytes(b"a pickle")
    with pytest.raises(ModelError, match="no weights as safetensors"):
        complete_folder(find_checkpoint(str(folder)))


@pytest.mark.parametrize("families", [MASKER_FAMILIES, ENCODER_FAMILIES])
def test_a_model_of_another_kind_is_named(tmp_path, families):
    checkpoint = find_checkpoint(str(folder_with(tmp_path / "m", '{"model_type": "gpt2"}')))
    with pytest.raises(ConfigError, match=r"type 'gpt2', which is no thing here; .*docs/models"):
        family_entry("thing", families, checkpoint)
