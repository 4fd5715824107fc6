"""What other machines are given to run episodes with, and what they must have."""

from __future__ import annotations

import shutil

import pytest

from vla_ros import graph, resources
from vla_ros.errors import ConfigError
from vla_ros.evaluation import installation as installation_module
from vla_ros.evaluation.installation import installation, require_same
from vla_ros.evaluation.packed_spec import PackedSpec
from vla_ros.evaluation.ray_workers import RayCluster
from vla_ros.evaluation.runners import RunnerSpec
from vla_ros.evaluation.suites import load_suite
from vla_ros.parameter_files import load_params
from vla_ros.params import GroundingParams, RobotParams


@pytest.fixture
def spec(tmp_path) -> RunnerSpec:
    """A specification whose robot and parameters lie in files of one name."""
    robot, params = tmp_path / "a" / "mine.yaml", tmp_path / "b" / "mine.yaml"
    for path in (robot, params):
        path.parent.mkdir()
    text = graph.robot_file("default").read_text()
    robot.write_text(text.replace("viewer_yaw_rad:", "viewer_yaw_rad: 1.25  #"))
    params.write_text("/**/grounding:\n  ros__parameters:\n    picture_timeout_s: 1.23\n")
    return RunnerSpec(load_suite("tabletop"), "default", True, str(robot), str(params))


def test_what_files_say_is_known_where_the_files_are_not(spec, tmp_path):
    assert load_params(RobotParams, spec.files).viewer_yaw_rad == 1.25
    packed = PackedSpec.of(spec)
    for folder in ("a", "b"):
        shutil.rmtree(tmp_path / folder)
    (tmp_path / "there").mkdir()
    there = packed.unpack(tmp_path / "there")
    assert load_params(RobotParams, there.files).viewer_yaw_rad == 1.25
    assert load_params(GroundingParams, there.files, "grounding").picture_timeout_s == 1.23


def test_what_comes_with_the_package_is_not_sent(tmp_path):
    spec = RunnerSpec(load_suite("tabletop"), "default", True, "fr3")
    assert PackedSpec.of(spec).unpack(tmp_path) == spec
    assert not list(tmp_path.iterdir())


def test_a_file_that_is_missing_is_told_before_anything_is_sent(spec, tmp_path):
    shutil.rmtree(tmp_path / "b")
    with pytest.raises(ConfigError, match="does not exist"):
        PackedSpec.of(spec)


def test_a_machine_with_the_same_is_welcome():
    require_same(installation(), installation(), "other")


def test_a_machine_with_another_version_or_none_is_named_with_both():
    here = {"vla_ros": "2", "mujoco": "3.1", "numpy": "2.0"}
    with pytest.raises(ConfigError) as refused:
        require_same(here, {"vla_ros": "1", "numpy": "2.0"}, "node7")
    said = str(refused.value)
    assert "node7" in said and "vla_ros 1 there and 2 here" in said
    assert "mujoco missing there and 3.1 here" in said and "numpy" not in said


@pytest.mark.parametrize("change", ["code", "weights", "name"])
def test_changed_code_or_weights_are_another_installation(tmp_path, monkeypatch, change):
    package, share = tmp_path / "vla_ros", tmp_path / "share"
    for path in (package / "sub" / "a.py", share / "config" / "c.yaml", share / "models" / "w"):
        path.parent.mkdir(parents=True)
        path.write_text("as it was")
    (package / "__init__.py").touch()
    monkeypatch.setattr(installation_module.vla_ros, "__file__", str(package / "__init__.py"))
    monkeypatch.setattr(resources, "share_dir", lambda: share)
    was = installation()["vla_ros"]
    (package / "sub" / "__pycache__").mkdir()
    (package / "sub" / "__pycache__" / "a.py").write_text("compiled")
    assert installation()["vla_ros"] == was
    if change == "code":
        (package / "sub" / "a.py").write_text("changed")
    elif change == "weights":
        (share / "models" / "w").write_text("better")
    else:
        (share / "config" / "c.yaml").rename(share / "config" / "d.yaml")
    assert installation()["vla_ros"] != was


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("127.0.0.1:1", "listens at"),
        ("127.0.0.1:99999", "listens at"),
        ("ray://host:1", "neither"),
        ("local", "neither"),
        (":6379", "neither"),
    ],
)
def test_an_address_that_leads_nowhere_is_told_at_once(address, words):
    spec = RunnerSpec(load_suite("tabletop"), "oracle", True)
    with pytest.raises(ConfigError, match=words):
        list(RayCluster(address, None, lambda _: None).run(spec, ()))
