"""The grounder that the parameters describe: a proposer, and what they set on top of it."""

from __future__ import annotations

from vla_ros.params import GroundingParams, ModelParams, ServerParams
from vla_ros.perception.grounder import Grounder, warm_up
from vla_ros.perception.second_opinion import MaskingGrounder, RerankingGrounder
from vla_ros.registry import create_encoder, create_grounder, create_masker
from vla_ros.vlm.chooser import ChoosingGrounder
from vla_ros.vlm.creation import create_language_model
from vla_ros.vlm.grounder import VlmGrounder

_WARM_UP_PX = (640, 480)


def assemble_grounder(
    params: GroundingParams, models: ModelParams, servers: ServerParams | None = None
) -> Grounder:
    """Load the models that the parameters name, join them, and look at a picture once.

    A generative model has written its first words when it was loaded, and a server has been
    greeted: neither is shown a grey picture, of which it might say anything.

    Raises:
        ConfigError: A name is unknown, a package not installed, or hub or server out of reach.
        ModelError: A model cannot be loaded as the parameters ask.
    """
    name = params.grounder_model
    grounder = create_grounder(name, models, even_score=params.grounder_even_score, servers=servers)
    detects = not isinstance(grounder, VlmGrounder)
    if params.rerank_model:
        encoder = create_encoder(params.rerank_model, models)
        grounder = RerankingGrounder(grounder, encoder, params.rerank_weight)
    if params.mask_model:
        grounder = MaskingGrounder(grounder, create_masker(params.mask_model, models))
    if detects:
        warm_up(grounder, *_WARM_UP_PX)
    if params.chooser_model:
        chooser = create_language_model(params.chooser_model, models, servers)
        grounder = ChoosingGrounder(grounder, chooser)
    return grounder
