"""The words of `vla-ros evaluate`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from vla_ros.errors import ConfigError

SPEECH = "speech"
"""A suite of sentences instead of scenes."""

NOT_FOR_SPEECH = ("workers", "ray", "backend", "in_process", "robot", "compare")


def evaluate(
    ctx: typer.Context,
    suite: Annotated[
        str, typer.Option(help="Suite to run: a name that --list shows, or a YAML file.")
    ] = "tabletop",
    list_suites: Annotated[
        bool, typer.Option("--list", help="Say what suites there are, and run none.")
    ] = False,
    episodes: Annotated[int, typer.Option(min=1, help="Number of episodes.")] = 100,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the first episode.")] = 0,
    workers: Annotated[
        int | None,
        typer.Option(
            min=1,
            show_default=False,
            help="Processes that run episodes: one if not said; with --ray as many as fit.",
        ),
    ] = None,
    ray: Annotated[
        str,
        typer.Option(
            metavar="ADDRESS",
            show_default=False,
            help="Run on a Ray cluster: HOST:PORT of its head, or 'auto' for this machine's.",
        ),
    ] = "",
    backend: Annotated[
        str, typer.Option(help="Grounding: default, oracle (ground truth) or random.")
    ] = "default",
    in_process: Annotated[
        bool, typer.Option("--in-process", help="The same core without ROS; faster.")
    ] = False,
    robot: Annotated[str, typer.Option(help="Robot name or YAML file.")] = "default",
    params_file: Annotated[
        str, typer.Option(help="Parameters that win over the robot's, such as another model.")
    ] = "",
    out: Annotated[
        Path | None,
        typer.Option(
            help="Keep results, failures' films and report.html here; the same command goes on "
            "where it was broken off."
        ),
    ] = None,
    compare: Annotated[
        Path | None,
        typer.Option(help="Compare with the evaluation in this folder, episode by episode."),
    ] = None,
    part: Annotated[
        list[str] | None,
        typer.Option(help="Of the suite speech only commands, talk, stops or alarms; repeatable."),
    ] = None,
    voice: Annotated[
        list[str] | None,
        typer.Option(
            help="A further voice of the suite speech, as piper:/path.onnx or "
            "kokoro:FOLDER#VOICE; repeatable."
        ),
    ] = None,
    minutes: Annotated[
        float, typer.Option(min=0.1, help="Minutes of the suite speech in which no stop is said.")
    ] = 30.0,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object as the last line.")
    ] = False,
) -> None:
    """Score a suite of episodes by the simulator's truth, with 95 % intervals."""
    if list_suites:
        Console().print(_suites_table())
        return
    if suite == SPEECH:
        from vla_ros.cli_speech import evaluate_speech, speech_plan

        _require_unsaid(ctx, NOT_FOR_SPEECH)
        spoken = speech_plan(episodes, seed, params_file, part or (), voice or (), minutes, out)
        evaluate_speech(spoken, as_json)
        return
    from vla_ros.evaluation.run import EvaluationPlan
    from vla_ros.evaluation.run import evaluate as run

    plan = EvaluationPlan(
        suite, episodes, seed, workers, backend, in_process, robot, params_file, out, compare, ray
    )
    summary = run(plan, Console(stderr=True))
    if as_json:
        print(json.dumps(summary), flush=True)
        return
    console = Console()
    console.print(_scores_table(summary))
    if "shares" in summary:
        console.print(_measures_table(summary))
    if "comparison" in summary:
        console.print(_comparison_table(summary["comparison"]))


def _require_unsaid(ctx: typer.Context, names: Sequence[str]) -> None:
    """Check that no option was said that would have no effect.

    Raises:
        ConfigError: One was.
    """
    sources = {name: ctx.get_parameter_source(name) for name in names}
    said = [name for name, source in sources.items() if source and source.name != "DEFAULT"]
    if said:
        options = ", ".join(f"--{name.replace('_', '-')}" for name in said)
        raise ConfigError(f"suite '{SPEECH}' has no {options}: leave it out")


def _suites_table() -> Table:
    from vla_ros.evaluation.suites import load_suite, suite_names

    table = Table("suite", "what it measures", "tasks")
    for name in suite_names():
        suite = load_suite(name)
        table.add_row(name, suite.description, ", ".join(suite.tasks))
    table.add_row(SPEECH, "spoken commands: are they understood, and is a stop heard", "")
    return table


def _scores_table(summary: dict[str, Any]) -> Table:
    table = Table("task", "episodes", "successes", "rate", "95 % interval (Wilson)")
    for name, task in summary["tasks"].items():
        table.add_row(name, *_totals(task))
    table.add_section()
    table.add_row("all", *_totals(summary))
    return table


def _measures_table(summary: dict[str, Any]) -> Table:
    from vla_ros.evaluation.measure_rows import measure_rows

    table = Table("measure", "count", "value", "95 % interval", "aim")
    for row in measure_rows(summary):
        verdict = f"{row.aim} {'reached' if row.reached else 'MISSED'}" if row.aim else ""
        style = "bold" if row.leads else None
        table.add_row(row.name, row.count, row.value, row.interval, verdict, style=style)
    return table


def _totals(totals: dict[str, Any]) -> tuple[str, ...]:
    low, high = totals["interval_95"]
    return (
        str(totals["episodes"]),
        str(totals["successes"]),
        f"{totals['success_rate']:.1%}",
        f"{low:.1%} to {high:.1%}",
    )


def _comparison_table(comparison: dict[str, Any]) -> Table:
    table = Table(
        "task", "episodes", "baseline", "this", "only baseline", "only this", "p (exact McNemar)"
    )
    for name, task in comparison["tasks"].items():
        table.add_row(name, *_difference(task))
    table.add_section()
    table.add_row("all", *_difference(comparison))
    return table


def _difference(difference: dict[str, Any]) -> tuple[str, ...]:
    counts = ("episodes", "baseline_successes", "successes", "only_baseline", "only_this")
    return (*(str(difference[name]) for name in counts), f"{difference['p_value']:.3f}")
