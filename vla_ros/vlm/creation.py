"""Generative models by name: a server's address, a folder, or a name on the model hub."""

from __future__ import annotations

from typing import cast

from vla_ros.backends.server_address import is_server
from vla_ros.checkpoints import Checkpoint, find_checkpoint
from vla_ros.errors import ConfigError
from vla_ros.language.parser import InstructionParser
from vla_ros.language.rule_parser import RuleParser
from vla_ros.params import ModelParams, ServerParams
from vla_ros.perception.answerer import Answerer
from vla_ros.registry import ModelEntry, make
from vla_ros.vlm.answerer import VlmAnswerer
from vla_ros.vlm.dialects import dialect_of
from vla_ros.vlm.grounder import VlmGrounder
from vla_ros.vlm.instruction_parser import VlmParser
from vla_ros.vlm.model import VisionLanguageModel

RULES = "rules"
"""Name of the parser that needs no model."""

_LOCAL = ModelEntry(
    "vla_ros.backends.generative:load_generative", "on torch, here", requires="models"
)
_SERVED = ModelEntry(
    "vla_ros.backends.openai_server:reach_server", "behind an OpenAI-compatible server"
)


def create_language_model(
    name: str, models: ModelParams | None = None, servers: ServerParams | None = None
) -> VisionLanguageModel:
    """Return a model that is ready; one that several roles name is loaded once.

    Args:
        name: "https://host/v1#model", a folder, or `owner/name[@revision]` on the hub.
        models: How models are loaded here.
        servers: How servers are asked.

    Raises:
        ConfigError: The name is wrong, the family unknown, a package missing, or server or hub
            out of reach.
        ModelError: The model cannot be loaded or does not run.
    """
    if is_server(name):
        return cast(VisionLanguageModel, make(name, _SERVED, name, servers or ServerParams()))
    models = models or ModelParams()
    return _local(find_checkpoint(name, offline=models.model_offline), models)


def generative_grounder(
    checkpoint: Checkpoint, models: ModelParams, *, even_score: float = 0.0
) -> VlmGrounder:
    """Return a grounder that asks a checkpoint of one of the generative families.

    Raises:
        ConfigError: The family writes no boxes, or even_score is given: there is no raw score.
        ModelError: The model cannot be loaded or does not run.
    """
    if even_score > 0.0:
        raise ConfigError(
            f"'{checkpoint.name}' writes boxes without scores: leave grounder_even_score at 0"
        )
    return VlmGrounder(_local(checkpoint, models))


def served_grounder(name: str, servers: ServerParams | None = None) -> VlmGrounder:
    """Return a grounder that asks a server; raises as create_language_model does."""
    return VlmGrounder(create_language_model(name, servers=servers))


def create_answerer(
    name: str, models: ModelParams | None = None, servers: ServerParams | None = None
) -> Answerer | None:
    """Return what answers questions about pictures; None for an empty name.

    Raises as create_language_model does, and ConfigError where the family answers no questions.
    """
    return VlmAnswerer(create_language_model(name, models, servers)) if name else None


def create_parser(
    name: str, models: ModelParams | None = None, servers: ServerParams | None = None
) -> InstructionParser:
    """Return what understands instructions: RULES alone, or the rules with a model behind them.

    Raises as create_language_model does, and ConfigError where the family holds no conversation.
    """
    if name == RULES:
        return RuleParser()
    return VlmParser(create_language_model(name, models, servers))


def _local(checkpoint: Checkpoint, models: ModelParams) -> VisionLanguageModel:
    dialect_of(checkpoint.model_type)  # an unknown family is told before anything is fetched
    return cast(VisionLanguageModel, make(checkpoint.name, _LOCAL, checkpoint, models))
