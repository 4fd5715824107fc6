"""What the documents say of parameters, commands and files is what the code has."""

import re
from dataclasses import fields
from pathlib import Path

import pytest
import yaml

from vla_ros.graph import NODES
from vla_ros.parameter_tables import NODE_PARAMS, markdown

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def test_the_parameter_page_is_what_the_dataclasses_declare():
    assert (ROOT / "docs" / "parameters.md").read_text() == markdown()


def test_every_node_of_the_graph_has_its_parameters_listed():
    assert set(NODE_PARAMS) == {node.name for node in NODES}


@pytest.mark.parametrize(
    "path", sorted((ROOT / "config").glob("*/*.yaml")), ids=lambda path: path.name
)
def test_parameter_files_name_only_parameters_that_exist(path):
    content = yaml.safe_load(path.read_text())
    if "/**" not in content:
        return  # a suite
    known = {spec.name for kinds in NODE_PARAMS.values() for kind in kinds for spec in fields(kind)}
    assert set(content["/**"]["ros__parameters"]) <= known


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_within_the_repository_lead_somewhere(path):
    for target in re.findall(r"\]\(([^)#\s]+)", path.read_text()):
        if not target.startswith(("http://", "https://", "mailto:")):
            assert (path.parent / target).exists(), target


def test_every_command_that_the_readme_shows_exists():
    from typer.main import get_command

    from vla_ros.cli import app

    commands = get_command(app).commands
    shown = set(re.findall(r"vla-ros ([a-z]+)", (ROOT / "README.md").read_text()))
    assert shown <= set(commands)
    assert set(commands) <= shown | {"train"}
