"""Grounders by name."""

import sys

import numpy as np
import pytest

from vla_ros import registry
from vla_ros.errors import ConfigError, ModelError
from vla_ros.registry import GROUNDERS, ModelEntry, create_grounder


def test_unknown_names_list_the_known_ones():
    with pytest.raises(ConfigError, match=r"'owl9'.*default.*default-torch"):
        create_grounder("owl9")


def test_a_folder_without_a_model_says_what_is_missing_and_how_to_get_it(tmp_path):
    with pytest.raises(ModelError, match=r"model\.onnx.*vla-ros train grounder"):
        create_grounder(str(tmp_path))


def test_a_missing_package_says_how_to_install_it(monkeypatch):
    monkeypatch.setitem(
        GROUNDERS,
        "needy",
        ModelEntry("a_package_that_is_nowhere.module:Grounder", "", requires="models"),
    )
    with pytest.raises(ConfigError, match=r"a_package_that_is_nowhere.*vla_ros\[models\]"):
        create_grounder("needy")


def test_options_reach_the_model_and_given_ones_win(monkeypatch):
    made = {}

    class Recorder:
        def __init__(self, **options):
            made.update(options)

        def ground(self, frame, phrases):
            return []

    monkeypatch.setattr(registry, "Recorder", Recorder, raising=False)
    monkeypatch.setitem(
        GROUNDERS,
        "recorder",
        ModelEntry("vla_ros.registry:Recorder", "", {"threads": 1, "folder": "x"}),
    )
    grounder = create_grounder("recorder", threads=4)
    assert made == {"threads": 4, "folder": "x"}
    assert grounder.ground(np.zeros(3), []) == []


def test_importing_the_registry_imports_no_model():
    assert "vla_ros.registry" in sys.modules
    assert all(entry.factory.count(":") == 1 for entry in GROUNDERS.values())
