"""The grounder that the parameters describe: a proposer, and what they set on top of it."""

from __future__ import annotations

from vla_ros.params import GroundingParams, ModelParams
from vla_ros.perception.grounder import Grounder, warm_up
from vla_ros.perception.second_opinion import MaskingGrounder, RerankingGrounder
from vla_ros.registry import create_encoder, create_grounder, create_masker

_WARM_UP_PX = (640, 480)


def assemble_grounder(params: GroundingParams, models: ModelParams) -> Grounder:
    """Load the models that the parameters name, join them, and look at a picture once.

    Raises:
        ConfigError: A name is unknown, a package is not installed, or the hub is out of reach.
        ModelError: A model cannot be loaded as the parameters ask.
    """
    name = params.grounder_model
    grounder = create_grounder(name, models, even_score=params.grounder_even_score)
    if params.rerank_model:
        encoder = create_encoder(params.rerank_model, models)
        grounder = RerankingGrounder(grounder, encoder, params.rerank_weight)
    if params.mask_model:
        grounder = MaskingGrounder(grounder, create_masker(params.mask_model, models))
    warm_up(grounder, *_WARM_UP_PX)
    return grounder
