"""The grounding node."""

from __future__ import annotations

from dataclasses import dataclass

from vla_ros.params.checked import CheckedParams, param


@dataclass(frozen=True)
class GroundingParams(CheckedParams):
    """The node that looks at the scene."""

    grounder_model: str = param(
        "model that finds phrases in pictures: default, a folder, or a name on the model hub such "
        "as google/owlv2-base-patch16-ensemble or Qwen/Qwen2.5-VL-3B-Instruct, or a server such "
        "as https://gpu:8000/v1#model; docs/models.md lists the families",
        live=False,
        default="default",
    )
    chooser_model: str = param(
        "generative model that chooses among the grounder's boxes where a phrase is ambiguous or "
        "more than a kind of thing; named like grounder_model; empty for none",
        live=False,
        default="",
    )
    vqa_model: str = param(
        "generative model that answers questions about the picture; named like grounder_model; "
        "empty to answer them from what the grounder finds",
        live=False,
        default="",
    )
    grounder_even_score: float = param(
        "raw score of a public detector that counts as a probability of one half; 0 for its "
        "family's own",
        low=0.0,
        high=0.95,
        live=False,
        default=0.0,
    )
    mask_model: str = param(
        "model that finds the pixels of each thing in its box, such as facebook/sam2.1-hiera-tiny; "
        "empty for none",
        live=False,
        default="",
    )
    rerank_model: str = param(
        "dual encoder that weighs the boxes of a phrase against each other, such as "
        "google/siglip2-base-patch16-224; empty for none",
        live=False,
        default="",
    )
    rerank_weight: float = param(
        "how much its opinion counts, 0 for nothing", low=0.0, high=10.0, live=False, default=0.5
    )
    compressed: bool = param(
        "listen to the compressed picture topic instead of the raw one", live=False, default=False
    )
    max_stamp_difference_s: float = param(
        "largest difference of the stamps of a picture and its depth",
        unit="s",
        low=0.0,
        high=0.5,
        live=False,
        default=0.02,
    )
    picture_timeout_s: float = param(
        "how long a look waits for a picture that is new enough",
        unit="s",
        low=0.1,
        high=60.0,
        default=3.0,
    )
    max_picture_age_s: float = param(
        "older pictures are not looked at", unit="s", low=0.05, high=60.0, live=False, default=2.0
    )
    max_phrases: int = param("most phrases of one look", low=1, high=1000, default=64)
    watch_rate_hz: float = param(
        "looks a second, between those asked for, at what was asked for last, while anybody "
        "listens to what is seen; 0 for none",
        unit="Hz",
        low=0.0,
        high=30.0,
        default=1.0,
    )
