"""The default text-conditioned detector as a transformers model; importing it registers it.

After `import vla_ros.backends.tabletop_detector`, transformers' AutoConfig, AutoModel,
AutoModelForZeroShotObjectDetection and AutoProcessor open its folder; no remote code is involved.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import (
    AutoConfig,
    AutoImageProcessor,
    AutoModel,
    AutoModelForZeroShotObjectDetection,
    AutoProcessor,
    PreTrainedConfig,
    PreTrainedModel,
)
from transformers.utils import ModelOutput

from vla_ros.backends.tabletop_layers import PhraseEncoder, VisualEncoder, conjunction_logits
from vla_ros.backends.tabletop_processing import TabletopImageProcessor, TabletopProcessor

CELL_PX = 8
"""Side of a cell of the heat map [px of the letterboxed picture]."""


class TabletopDetectorConfig(PreTrainedConfig):
    """Sizes of the detector.

    Attributes:
        vocab_size: Number of words.
        pad_token_id: Id of padding.
        max_words: Longest phrase in words.
        image_size: [height, width] of the letterboxed picture [px].
        stem_widths: Channels at 2, 4, 8 and 16 px.
        visual_layers: Transformer layers at 16 px.
        text_width: Width of the phrase encoder.
        text_layers: Transformer layers over the words.
        concept_width: Width in which words and cells are compared.
    """

    model_type = "tabletop_detector"

    def __init__(
        self,
        vocab_size: int = 256,
        pad_token_id: int = 0,
        max_words: int = 12,
        image_size: tuple[int, int] = (240, 320),
        stem_widths: tuple[int, int, int, int] = (24, 48, 96, 192),
        visual_layers: int = 2,
        text_width: int = 128,
        text_layers: int = 1,
        concept_width: int = 128,
        **kwargs: Any,
    ) -> None:
        self.vocab_size = vocab_size
        self.max_words = max_words
        self.image_size = list(image_size)
        self.stem_widths = list(stem_widths)
        self.visual_layers = visual_layers
        self.text_width = text_width
        self.text_layers = text_layers
        self.concept_width = concept_width
        super().__init__(pad_token_id=pad_token_id, **kwargs)


@dataclass
class TabletopDetectorOutput(ModelOutput):
    """What the detector says of each cell.

    Attributes:
        logits: (B, P, Q) calibrated logit that the cell's box is what the phrase names.
        pred_boxes: (B, P, 4) centre x, centre y, width, height as fractions of the picture.
        objectness: (B, P) logit that anything at all is centred there.
        cells: (B, P, C) features of the cells.
    """

    logits: Tensor | None = None
    pred_boxes: Tensor | None = None
    objectness: Tensor | None = None
    cells: Tensor | None = None


class TabletopDetectorForZeroShotObjectDetection(PreTrainedModel):
    """Finds simple phrases ("red cube", "fruit") in a picture of a table.

    Each 8 px cell of the picture has a box, an objectness and a concept vector; each word has a
    concept vector and a bias. A phrase matches where all of its words do.
    """

    config_class = TabletopDetectorConfig
    main_input_name = "pixel_values"

    def __init__(self, config: TabletopDetectorConfig) -> None:
        super().__init__(config)
        width = config.concept_width
        first, second, third, fourth = config.stem_widths
        self.visual = VisualEncoder((first, second, third, fourth), width, config.visual_layers)
        self.phrase = PhraseEncoder(
            config.vocab_size,
            config.text_width,
            config.text_layers,
            config.max_words,
            width,
            config.pad_token_id,
        )
        self.concept = nn.Linear(width, width)
        self.objectness = nn.Linear(width, 1)
        self.box_hidden = nn.Linear(width, width)
        self.box = nn.Linear(width, 4)
        nn.init.constant_(self.objectness.bias, -2.5)
        nn.init.constant_(self.box.bias, 1.5)
        # Fitted on the validation pictures after training, so that a score is a probability.
        self.register_buffer("calibration_scale", torch.ones(1))
        self.register_buffer("calibration_bias", torch.zeros(1))
        self.post_init()

    def _init_weights(self, module: nn.Module) -> None:
        """Keep the values that each module was made with."""

    def forward(
        self,
        pixel_values: Tensor,
        input_ids: Tensor,
        attention_mask: Tensor | None = None,
        return_dict: bool | None = None,
    ) -> TabletopDetectorOutput | tuple[Tensor, ...]:
        """Compare every phrase with every cell.

        Args:
            pixel_values: (B, 3, H, W) normalised pixels, H and W divisible by 16.
            input_ids: (B * Q, T) word ids, Q phrases for each picture; padding tells itself.
            attention_mask: Not needed; accepted because tokenizers give one.
            return_dict: False for a plain tuple.
        """
        _, _, height, width = pixel_values.shape
        cells = self.visual(pixel_values)
        logits, boxes, objectness = self.compare(cells, (height, width), input_ids)
        if return_dict is False:
            return logits, boxes, objectness
        return TabletopDetectorOutput(
            logits=logits, pred_boxes=boxes, objectness=objectness, cells=cells
        )

    def compare(
        self, cells: Tensor, size_px: tuple[int, int], input_ids: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Compare phrases with the cells that `visual` made of pictures.

        Args:
            cells: (B, P, C) features of the cells, row by row.
            size_px: (height, width) of the pictures.
            input_ids: (B * Q, T) word ids, Q phrases for each picture.

        Returns:
            Logits (B, P, Q), boxes (B, P, 4) and objectness (B, P), as in TabletopDetectorOutput.
        """
        batch, longest = cells.shape[0], input_ids.shape[1]
        concepts, biases, present = self.phrase(input_ids)
        words = concepts.reshape(batch, -1, concepts.shape[-1])
        agreement = self.concept(cells) @ words.transpose(1, 2) * words.shape[-1] ** -0.5
        agreement = agreement + biases.reshape(batch, 1, -1)
        agreement = agreement.reshape(batch, cells.shape[1], -1, longest)
        objectness = self.objectness(cells).squeeze(-1)
        logits = conjunction_logits(agreement, present.reshape(batch, 1, -1, longest), objectness)
        logits = logits * self.calibration_scale + self.calibration_bias
        return logits, self._boxes(cells, *size_px), objectness

    def describe(self, cells: Tensor, input_ids: Tensor) -> Tensor:
        """Return (N, V) logits that V phrases (V, T) hold for cells (N, C), taken as objects."""
        concepts, biases, present = self.phrase(input_ids)
        agreement = self.concept(cells) @ concepts.flatten(0, 1).T * cells.shape[-1] ** -0.5
        agreement = (agreement + biases.flatten()).reshape(1, len(cells), *input_ids.shape)
        certain = torch.full((1, len(cells)), 30.0, device=cells.device)
        return conjunction_logits(agreement, present[None, None], certain)[0]

    def _boxes(self, cells: Tensor, height: int, width: int) -> Tensor:
        """Return (B, P, 4) boxes: the distances of the four sides from the cell's centre."""
        sides = functional.softplus(self.box(functional.relu(self.box_hidden(cells)))) * CELL_PX
        left, top, right, bottom = sides.unbind(-1)
        rows = (torch.arange(height // CELL_PX, device=cells.device) + 0.5) * CELL_PX
        columns = (torch.arange(width // CELL_PX, device=cells.device) + 0.5) * CELL_PX
        x = columns.repeat(height // CELL_PX)
        y = rows.repeat_interleave(width // CELL_PX)
        return torch.stack(
            [
                (x + (right - left) / 2) / width,
                (y + (bottom - top) / 2) / height,
                (left + right) / width,
                (top + bottom) / height,
            ],
            dim=-1,
        )


AutoConfig.register(TabletopDetectorConfig.model_type, TabletopDetectorConfig, exist_ok=True)
AutoModel.register(
    TabletopDetectorConfig, TabletopDetectorForZeroShotObjectDetection, exist_ok=True
)
AutoModelForZeroShotObjectDetection.register(
    TabletopDetectorConfig, TabletopDetectorForZeroShotObjectDetection, exist_ok=True
)
AutoImageProcessor.register(
    TabletopDetectorConfig,
    image_processor_classes={"pil": TabletopImageProcessor},
    exist_ok=True,
)
AutoProcessor.register(TabletopDetectorConfig, TabletopProcessor, exist_ok=True)
