"""transformers' pipeline alone in a process, as a peer for benchmarks: loads, looks once, reports.

It runs zero-shot object detection with the default detector's weights, and prints one JSON object:
seconds until its imports were done, its weights loaded and a first picture looked at, and its
memory then [MB].
"""

from __future__ import annotations

import argparse
import importlib
import json
import time
from typing import Any

import numpy as np
from measuring import PHRASES, memory_mb
from PIL import Image


def create_pipeline() -> Any:
    """Return transformers' own pipeline with the default detector's weights."""
    importlib.import_module("vla_ros.backends.tabletop_detector")  # registers their classes
    from transformers import pipeline

    from vla_ros.resources import models_dir

    return pipeline("zero-shot-object-detection", model=str(models_dir() / "tabletop_detector"))


def main() -> None:
    """Load, look, print."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    began_s = time.monotonic()
    importlib.import_module("vla_ros.backends.tabletop_detector")
    imported_s = time.monotonic() - began_s
    detector = create_pipeline()
    loaded_s = time.monotonic() - began_s
    picture = Image.fromarray(np.full((240, 320, 3), 127, np.uint8))
    detector(picture, candidate_labels=list(PHRASES), threshold=0.5)
    taken_s = {
        "imported_s": imported_s,
        "loaded_s": loaded_s,
        "looked_s": time.monotonic() - began_s,
    }
    print(json.dumps({**taken_s, "memory_mb": memory_mb()}))


if __name__ == "__main__":
    main()
