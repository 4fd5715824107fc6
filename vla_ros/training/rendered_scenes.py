"""Renders labelled pictures of random scenes for the grounder, in shards, on several processes.

A shard is a folder: images.npy (N, 240, 320, 3) uint8, depth_mm.npy (N, 240, 320) uint16 (0 where
nothing was measured) and objects.json, a list per picture. What is rendered depends on the seed
only, not on the number of processes; shards that are there already are kept.
"""

from __future__ import annotations

import json
import multiprocessing
import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from vla_ros.errors import SimulationError
from vla_ros.sim.held_out import HELD_OUT_PAIRS
from vla_ros.sim.scene_description import SceneOptions
from vla_ros.sim.world import FRONT_CAMERA
from vla_ros.training.picture_truth import picture_truth
from vla_ros.training.stage import Stage
from vla_ros.training.stage_acts import Acts

Truths = list[dict[str, Any]]
"""What is true of each object in one picture."""

WIDTH_PX, HEIGHT_PX = 320, 240
_COLUMNS = (
    TextColumn("rendering {task.description}"),
    BarColumn(),
    MofNCompleteColumn(),
    TimeElapsedColumn(),
    TimeRemainingColumn(),
)
PICTURES_PER_STAGE = 100
STAGES_PER_SHARD = 20
"""Pictures of one shard: 2,000."""
_HOSTS = ("bowl", "basket", "plate", "tray", "box", "book")


@dataclass(frozen=True, slots=True)
class Block:
    """The pictures that are taken on one stage.

    Attributes:
        folder: The shard's folder, whose arrays exist.
        first: Row of its first picture in the shard.
        count: Number of pictures.
        seed: (seed of the whole, number of the stage).
        held_out: Whether held-out pairs are forced instead of excluded.
    """

    folder: Path
    first: int
    count: int
    seed: tuple[int, int]
    held_out: bool


def generate(
    out_dir: Path,
    count: int,
    seed: int,
    workers: int = 2,
    held_out: bool = False,
    show_progress: bool = True,
) -> None:
    """Render pictures into `out_dir/shard_*`; continues what was broken off.

    Args:
        out_dir: Folder of the shards.
        count: How many pictures in all.
        seed: Decides everything.
        workers: Number of processes.
        held_out: Force one of HELD_OUT_PAIRS in each picture, instead of excluding them all.
        show_progress: Whether a progress bar is drawn.

    Raises:
        SimulationError: There is no off-screen rendering.
    """
    shards = list(_shards(out_dir, count, seed, held_out))
    blocks = [block for shard in shards for block in shard]
    for shard in shards:
        if shard:
            _make_arrays(shard)
    spawn = multiprocessing.get_context("spawn")
    with (
        Progress(*_COLUMNS, disable=not show_progress) as progress,
        ProcessPoolExecutor(workers, spawn, initializer=_use_one_thread) as pool,
    ):
        already = count - sum(block.count for block in blocks)
        bar = progress.add_task(out_dir.name, total=count, completed=already)
        waiting = {pool.submit(render_block, block): block for block in blocks}
        finished: dict[Path, dict[int, list[Truths]]] = {}
        for future in as_completed(waiting):
            block = waiting[future]
            done = finished.setdefault(block.folder, {})
            done[block.first] = future.result()
            progress.advance(bar, block.count)
            if len(done) == sum(other.folder == block.folder for other in blocks):
                _finish(block.folder, done)


def render_block(block: Block) -> list[Truths]:
    """Render the pictures of one stage into its shard's arrays and return what is true of them.

    Raises:
        SimulationError: There is no off-screen rendering.
    """
    images = np.load(block.folder / "images.npy", mmap_mode="r+")
    depths = np.load(block.folder / "depth_mm.npy", mmap_mode="r+")
    stage = Stage(int(np.random.SeedSequence(block.seed).generate_state(1)[0]))
    acts = Acts(stage)
    truths = []
    with stage.renderer(WIDTH_PX, HEIGHT_PX) as renderer:
        for k in range(block.count):
            rng = np.random.default_rng([*block.seed, k])
            scene = stage.sample(rng, _options(rng, block.held_out))
            stage.show(scene, rng)
            acts.play(scene, rng)
            stage.forward()
            rgb, depth_m = renderer.render(stage.data, FRONT_CAMERA)
            images[block.first + k] = rgb
            depths[block.first + k] = np.nan_to_num(1000.0 * depth_m).astype(np.uint16)
            truths.append(picture_truth(stage, renderer, scene))
    images.flush()
    depths.flush()
    return truths


def _options(rng: np.random.Generator, held_out: bool) -> SceneOptions:
    """Return what one picture may show: from nearly empty to cluttered.

    In half of them stands at least one thing that others are put into or onto.
    """
    most = int(rng.integers(2, 12))
    hosts = rng.permutation(_HOSTS)[: int(rng.choice([0, 1, 2], p=[0.5, 0.35, 0.15]))]
    options = SceneOptions(
        count=(min(most, 2), most),
        containers=int(rng.random() < 0.6),
        graspables=1 + len(hosts),
        drawer_probability=0.12,
        duplicates=bool(rng.random() < 0.3),
        randomization=1.0,
        spacing_m=float(rng.choice([0.001, 0.006, 0.02, 0.035])),
        required=tuple((str(host), "") for host in hosts),
        tries=50,
    )
    if held_out:
        # What is required is the only one of its kind: it must not be in the pair's place.
        nouns = {noun for _, noun in HELD_OUT_PAIRS}
        others = tuple(host for host in options.required if host[0] not in nouns)
        return replace(options, forced_pairs=HELD_OUT_PAIRS, required=others)
    return replace(options, excluded_pairs=frozenset(HELD_OUT_PAIRS))


def _shards(out_dir: Path, count: int, seed: int, held_out: bool) -> Iterator[list[Block]]:
    """Yield the blocks of each shard; none for a shard that is finished."""
    per_shard = PICTURES_PER_STAGE * STAGES_PER_SHARD
    for number, start in enumerate(range(0, count, per_shard)):
        folder = out_dir / f"shard_{number:03d}"
        size = min(per_shard, count - start)
        if _is_finished(folder, size):
            yield []
            continue
        yield [
            Block(
                folder,
                first,
                min(PICTURES_PER_STAGE, size - first),
                (seed, number * STAGES_PER_SHARD + first // PICTURES_PER_STAGE),
                held_out,
            )
            for first in range(0, size, PICTURES_PER_STAGE)
        ]


def _is_finished(folder: Path, size: int) -> bool:
    if not (folder / "objects.json").is_file():
        return False
    found = len(np.load(folder / "images.npy", mmap_mode="r"))
    if found != size:
        raise SimulationError(
            f"{folder} has {found} pictures, not {size}: it was made for another count; "
            "delete it or choose another folder"
        )
    return True


def _make_arrays(blocks: list[Block]) -> None:
    folder = blocks[0].folder
    size = sum(block.count for block in blocks)
    folder.mkdir(parents=True, exist_ok=True)
    for name, shape, kind in (
        ("images.npy", (size, HEIGHT_PX, WIDTH_PX, 3), np.uint8),
        ("depth_mm.npy", (size, HEIGHT_PX, WIDTH_PX), np.uint16),
    ):
        np.lib.format.open_memmap(folder / name, mode="w+", dtype=kind, shape=shape).flush()


def _finish(folder: Path, done: dict[int, list[Truths]]) -> None:
    """Write objects.json at once, which is what tells readers that the shard is complete."""
    pictures = [picture for first in sorted(done) for picture in done[first]]
    unfinished = folder / "objects.json.part"
    unfinished.write_text(json.dumps(pictures))
    unfinished.rename(folder / "objects.json")


def _use_one_thread() -> None:
    """Keep each process on one core: the processes are what runs in parallel."""
    os.environ.setdefault("LP_NUM_THREADS", "1")
    os.environ.setdefault("OMP_NUM_THREADS", "1")
