"""Generative models by name, as parameters and commands name them; a server stands in the test."""

import json

import numpy as np
import pytest
from chat_server import chat_server

from vla_ros.backends.openai_server import OpenAiServer
from vla_ros.errors import ConfigError, ModelError
from vla_ros.language.rule_parser import RuleParser
from vla_ros.params import GroundingParams, ModelParams, ServerParams
from vla_ros.perception.assembly import assemble_grounder
from vla_ros.registry import create_grounder
from vla_ros.types import CameraFrame, Relation, Skill, Task
from vla_ros.vlm.creation import create_answerer, create_parser

FRAME = CameraFrame(np.full((240, 320, 3), 90, np.uint8), None, np.eye(3), "camera", 0)
BOX = json.dumps({"boxes": [{"bbox_2d": [0, 0, 500, 500], "label": "x"}]})


@pytest.fixture(autouse=True)
def no_key(monkeypatch):
    monkeypatch.delenv("VLA_ROS_SERVER_KEY", raising=False)


def test_a_server_is_a_grounder_by_its_address_alone():
    with chat_server(200, BOX) as server:
        (detection,) = create_grounder(server.name()).ground(FRAME, ["red cube"])
    assert detection.phrase == "red cube"
    np.testing.assert_allclose(detection.box_px, [0, 0, 160, 120])


def test_a_server_that_is_not_there_is_found_out_at_once():
    with pytest.raises(ConfigError, match=r"docs/remote_models\.md"):
        create_grounder("http://127.0.0.1:9/v1#model")


def test_an_answerer_and_none():
    assert create_answerer("") is None
    with chat_server(200, "A mug.") as server:
        answerer = create_answerer(server.name(), servers=ServerParams(server_timeout_s=5.0))
        assert answerer.answer(FRAME, "what is it?") == "A mug."


def test_the_rules_alone_and_with_a_server_behind_them():
    assert isinstance(create_parser("rules"), RuleParser)
    step = {"skill": "put_in", "object": "red cube", "destination": "bowl", "relation": "in"}
    said = json.dumps({"steps": [{**step, "count": None, "question": None}], "refusal": None})
    with chat_server(200, said) as server:
        parser = create_parser(server.name())
        parse = parser.parse("Leg den roten Würfel in die Schale")
        assert parser.parse("stop").tasks == (Task(Skill.STOP),)
    assert parse.tasks == (Task(Skill.PUT_IN, "red cube", "bowl", Relation.IN),)
    assert len(server.requests) == 1
    assert server.requests[0]["response_format"]["json_schema"]["name"] == "tasks"


def test_a_model_chooses_among_the_default_detectors_boxes():
    with chat_server(200, '{"boxes": []}') as server:
        params = GroundingParams(chooser_model=server.name())
        grounder = assemble_grounder(params, ModelParams(), ServerParams())
        assert grounder.ground(FRAME, ["red cube"]) == []


@pytest.mark.parametrize("name", ["nothing", "a/b/c", "http://gpu:8000/v1#m", ""])
def test_names_that_are_none(name):
    with pytest.raises((ConfigError, ModelError)):
        create_parser(name)


def test_a_server_says_where_it_is_without_its_key(monkeypatch):
    monkeypatch.setenv("VLA_ROS_SERVER_KEY", "sk-4711")
    assert OpenAiServer("http://localhost:8000/v1#m").placement == "http://localhost:8000/v1#m"
