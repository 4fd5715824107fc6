"""SAM and SAM 2: the pixels of the thing in a box.

Sources: Kirillov et al., "Segment Anything" (arXiv 2304.02643); Ravi et al., "SAM 2"
(arXiv 2408.00714).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch.nn import functional
from transformers import AutoModelForMaskGeneration, AutoProcessor

from vla_ros.backends.loading import LoadedModel, inference, load_model
from vla_ros.checkpoints import Checkpoint
from vla_ros.errors import ModelError
from vla_ros.params import ModelParams
from vla_ros.types import CameraFrame

_MEAN = (0.485, 0.456, 0.406)
_STD = (0.229, 0.224, 0.225)
"""Of ImageNet's pictures, as SAM 2's own processor normalises with."""

_Prepared = tuple[dict[str, torch.Tensor], Callable[[torch.Tensor], torch.Tensor]]
"""The network's input, and what turns its logits (N, 1, h, w) into masks (N, 1, H, W)."""


class SamMasker:
    """Masks from boxes with SAM or SAM 2, as Masker."""

    def __init__(self, checkpoint: Checkpoint, params: ModelParams) -> None:
        """Load a checkpoint.

        Raises:
            ConfigError: The hub cannot be reached.
            ModelError: The checkpoint is broken.
        """
        first = checkpoint.model_type == "sam"
        self._prepare = _padded if first else _squeezed
        self._model = load_model(
            checkpoint, params, AutoModelForMaskGeneration, AutoProcessor if first else None
        )
        self.placement = self._model.placement

    def masks(self, frame: CameraFrame, boxes_px: np.ndarray) -> np.ndarray:
        """Return (N, H, W) bool, one for each of (N, 4) boxes x0, y0, x1, y1 [px].

        Raises:
            ModelError: The network fails, or its output is not finite.
        """
        height, width = frame.rgb.shape[:2]
        if len(boxes_px) == 0:
            return np.zeros((0, height, width), bool)
        with inference(self.placement):
            boxes = np.asarray(boxes_px, np.float32)
            batch, restore = self._prepare(self._model, np.asarray(frame.rgb), boxes)
            output = self._model.network(**self._model.inputs(batch), multimask_output=False)
            logits = output.pred_masks[0].float().cpu()
            if len(logits) != len(boxes) or not torch.isfinite(logits).all():
                raise ModelError(f"{self.placement}: its masks are not finite, or not one a box")
            return np.asarray(restore(logits)[:, 0].numpy(), bool)


def _padded(model: LoadedModel, rgb: np.ndarray, boxes_px: np.ndarray) -> _Prepared:
    """SAM's way, by its own processor: the longer side becomes 1024, the rest is padding."""
    inputs = model.processor(rgb, input_boxes=[boxes_px.tolist()], return_tensors="pt")
    sizes, reshaped = inputs["original_sizes"], inputs["reshaped_input_sizes"]

    def restore(logits: torch.Tensor) -> torch.Tensor:
        return model.processor.post_process_masks([logits], sizes, reshaped)[0]

    batch = {"pixel_values": inputs["pixel_values"], "input_boxes": inputs["input_boxes"].float()}
    return batch, restore


def _squeezed(model: LoadedModel, rgb: np.ndarray, boxes_px: np.ndarray) -> _Prepared:
    """SAM 2's way: the picture is squeezed into a square.

    Done here because transformers' own processor for it needs torchvision.
    """
    height, width = rgb.shape[:2]
    side = int(model.network.config.prompt_encoder_config.image_size)
    picture = torch.from_numpy(np.ascontiguousarray(rgb.transpose(2, 0, 1)))[None].float()
    square = functional.interpolate(
        picture, (side, side), mode="bilinear", antialias=True, align_corners=False
    )
    mean, std = (torch.tensor(values)[None, :, None, None] for values in (_MEAN, _STD))
    boxes = torch.from_numpy(boxes_px) * torch.tensor([side / width, side / height] * 2)

    def restore(logits: torch.Tensor) -> torch.Tensor:
        sized = functional.interpolate(
            logits, (height, width), mode="bilinear", align_corners=False
        )
        return sized > 0.0

    return {"pixel_values": (square / 255.0 - mean) / std, "input_boxes": boxes[None]}, restore
