"""Tells on a terminal how an evaluation goes: a bar with the time left, and each failure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from vla_ros.evaluation.scores import EpisodeResult
from vla_ros.evaluation.workers import Ran

_TIME_WINDOW_S = 600.0
"""Episodes differ in length: the time left is told from the last ten minutes."""


def told(
    fresh: Iterable[Ran],
    name: str,
    earlier: Sequence[EpisodeResult],
    total: int,
    console: Console,
) -> Iterator[Ran]:
    """Pass episodes on as they come, and show how far it is.

    Args:
        fresh: Episodes as they end.
        name: What is running.
        earlier: Results that were there before.
        total: Number of all episodes.
        console: Where to.
    """
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
        TextColumn("left"),
    )
    done, right = len(earlier), sum(result.success for result in earlier)
    with Progress(*columns, console=console, speed_estimate_period=_TIME_WINDOW_S) as progress:
        bar = progress.add_task(name, total=total, completed=done, rate=_rate(right, done))
        for ran in fresh:
            result = ran.result
            done, right = done + 1, right + result.success
            progress.update(bar, advance=1, rate=_rate(right, done))
            if not result.success:
                progress.console.print(
                    f"seed {result.seed} {result.task}: '{result.instruction}' -> "
                    f"{result.reason}: {result.message}",
                    highlight=False,
                    markup=False,
                )
            yield ran


def _rate(right: int, done: int) -> str:
    return f"{right / done:.0%} right" if done else ""
