"""The words of `vla-ros ground` and `vla-ros search`: models on picture files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from vla_ros.params import ModelParams

PICTURE_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp")

Device = Annotated[str, typer.Option(help="Where torch models run: auto, cpu, cuda, cuda:1.")]
Dtype = Annotated[str, typer.Option(help="auto, float32, float16 or bfloat16.")]
Offline = Annotated[bool, typer.Option("--offline", help="Never ask the model hub.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line.")]


def ground(
    image: Annotated[Path, typer.Argument(help="Picture to look at.")],
    phrases: Annotated[list[str], typer.Argument(help="What to find.")],
    model: Annotated[
        str,
        typer.Option(help="Grounding model: a name, a folder, or owner/name on the model hub."),
    ] = "default",
    threshold: Annotated[float, typer.Option(min=0.0, max=1.0, help="Least score.")] = 0.5,
    device: Device = "auto",
    dtype: Dtype = "auto",
    offline: Offline = False,
    as_json: Json = False,
) -> None:
    """Find phrases in a picture."""
    from vla_ros.perception.picture import ground_picture

    params = _loading(device, dtype, offline)
    detections = ground_picture(image, phrases, model=model, threshold=threshold, params=params)
    boxes = [[round(float(v), 1) for v in detection.box_px] for detection in detections]
    if as_json:
        found = [
            {"phrase": detection.phrase, "score": round(detection.score, 4), "box_px": box_px}
            for detection, box_px in zip(detections, boxes, strict=True)
        ]
        print(json.dumps({"detections": found}), flush=True)
        return
    table = Table("phrase", "score", "box [px]")
    for detection, box_px in zip(detections, boxes, strict=True):
        table.add_row(detection.phrase, f"{detection.score:.2f}", str(box_px))
    Console().print(table)


def search(
    phrase: Annotated[str, typer.Argument(help="What to look for.")],
    pictures: Annotated[list[Path], typer.Argument(help="Picture files, or folders of them.")],
    model: Annotated[
        str, typer.Option(help="Dual encoder: a folder, or owner/name on the model hub.")
    ] = "google/siglip2-base-patch16-224",
    most: Annotated[int, typer.Option(min=1, help="Most pictures to name.")] = 10,
    device: Device = "auto",
    dtype: Dtype = "auto",
    offline: Offline = False,
    as_json: Json = False,
) -> None:
    """Find the pictures that show a thing."""
    from vla_ros.perception.picture import search_pictures

    paths = [path for given in pictures for path in _pictures_in(given)]
    params = _loading(device, dtype, offline)
    matches = search_pictures(paths, phrase, model=model, most=most, params=params)
    rows = [
        (match.name, round(match.similarity_nats, 3), [round(float(v)) for v in match.box_px])
        for match in matches
    ]
    if as_json:
        found = [{"picture": name, "similarity": fit, "box_px": box} for name, fit, box in rows]
        print(json.dumps({"matches": found}), flush=True)
        return
    table = Table("picture", "similarity", "where [px]")
    for name, fit, box in rows:
        table.add_row(name, f"{fit:.2f}", str(box))
    Console().print(table)


def _pictures_in(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    return sorted(p for p in path.iterdir() if p.suffix.lower() in PICTURE_SUFFIXES)


def _loading(device: str, dtype: str, offline: bool) -> ModelParams:
    from vla_ros.params import ModelParams

    return ModelParams(model_device=device, model_dtype=dtype, model_offline=offline)
