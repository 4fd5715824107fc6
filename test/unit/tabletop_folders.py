"""Makes a tabletop detector with random weights for tests."""

from pathlib import Path

import numpy as np


def random_detector(folder: Path) -> Path:
    """Write a small detector with random weights and return its folder."""
    import torch

    from vla_ros.backends.tabletop_detector import (
        TabletopDetectorConfig,
        TabletopDetectorForZeroShotObjectDetection,
    )
    from vla_ros.training.detector_export import write_folder
    from vla_ros.training.vocabulary import build_tokenizer

    torch.manual_seed(0)
    torch.set_num_threads(1)
    tokenizer = build_tokenizer(["the red cube", "blue mug", "banana", "light green thing"], 12)
    config = TabletopDetectorConfig(
        vocab_size=tokenizer.get_vocab_size(), stem_widths=(8, 16, 32, 64), concept_width=32
    )
    model = TabletopDetectorForZeroShotObjectDetection(config).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.05)
        model.objectness.bias.fill_(1.0)
        model.calibration_scale.fill_(0.8)
        model.calibration_bias.fill_(0.3)
    write_folder(model, tokenizer, folder)
    return folder


def random_pictures(count: int, size: tuple[int, int]) -> list[np.ndarray]:
    """Return smooth random pictures (height, width, 3) uint8."""
    import cv2

    rng = np.random.default_rng(0)
    small = rng.integers(0, 256, (count, 12, 16, 3), dtype=np.uint8)
    return [cv2.resize(p, (size[1], size[0]), interpolation=cv2.INTER_CUBIC) for p in small]
