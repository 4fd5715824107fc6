"""One instruction, carried out by the whole graph in the embedded simulator, and filmed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from rich.console import Console

from vla_ros.errors import TerminationReason
from vla_ros.language.rule_parser import RuleParser
from vla_ros.ros.client import GraphClient
from vla_ros.ros.domain import claim_domain
from vla_ros.ros.film import Film
from vla_ros.ros.process_graph import GraphOptions, NodeDied, ProcessGraph
from vla_ros.ros.terminal_answers import TerminalAnswers, somebody_can_answer
from vla_ros.sim.wishes import wished_objects
from vla_ros.types import Json, Outcome

LAST_LOOK_S = 0.5
"""Film this much after the end."""
READY_S = 180.0


def run_demo(
    text: str, *, seed: int, view: bool, output_dir: Path, robot: str, console: Console
) -> Json:
    """Run the graph on the scene of a seed in which an instruction makes sense, and tell the end.

    Args:
        text: The instruction.
        seed: Seed of the scene.
        view: Whether to show it in a window.
        output_dir: Where the film, the pictures and the nodes' logs go.
        robot: A robot's name or YAML file.
        console: Where progress is told.

    Raises:
        ConfigError: The robot does not exist.
        NodeDied: A node ended by itself.
    """
    wished = wished_objects(RuleParser().parse(text).tasks)
    simulator = {
        "seed": seed,
        "required_kinds": [kind for kind, _ in wished],
        "required_colors": [color for _, color in wished],
        "viewer": view,
    }
    options = GraphOptions(
        log_dir=output_dir / "logs",
        robot=robot,
        domain_id=_domain_id(),
        overrides={"mujoco_sim": {k: v for k, v in simulator.items() if v != []}, **_patience()},
    )
    console.print(
        f"starting the graph (ROS_DOMAIN_ID={options.domain_id}, logs in {options.log_dir})",
        highlight=False,
    )
    with ProcessGraph(options) as graph:
        film = Film(graph.node, output_dir)
        try:
            graph.wait_ready(READY_S)
            outcome = _carry_out(graph, film, text, console)
        finally:
            film.close()
    return _told(text, seed, outcome, film)


def _patience() -> dict[str, dict[str, Any]]:
    """Return the task node's parameter that asks nothing back where nobody can answer."""
    return {} if somebody_can_answer() else {"task": {"answer_timeout_s": 0.0}}


def _domain_id() -> int:
    """Return the environment's domain, or one of our own."""
    said = os.environ.get("ROS_DOMAIN_ID", "")
    return int(said) if said.isdigit() else claim_domain()


def _carry_out(graph: ProcessGraph, film: Film, text: str, console: Console) -> Outcome:
    if not graph.spin_until(lambda: film.rolling, READY_S):
        raise NodeDied(f"no pictures come: see {graph.log_file('mujoco_sim')}")
    told = ""
    answers = TerminalAnswers(graph.node)

    def on_stage(stage: str, sentence: str) -> None:
        nonlocal told
        answers.on_stage(stage, sentence)
        if sentence and sentence != told:
            told = film.caption = sentence
            console.print(f"  {sentence}", highlight=False, markup=False)

    film.caption = text
    outcome = GraphClient(graph).execute(text, on_stage)
    film.caption = outcome.message
    ending = graph.node.get_clock().now().nanoseconds + round(LAST_LOOK_S * 1e9)
    graph.spin_until(lambda: graph.node.get_clock().now().nanoseconds >= ending, 5 * LAST_LOOK_S)
    return outcome


def _told(text: str, seed: int, outcome: Outcome, film: Film) -> Json:
    return {
        "success": outcome.success,
        "outcome": TerminationReason(outcome.reason).name.lower(),
        "message": outcome.message,
        "instruction": text,
        "seed": seed,
        "duration_s": round(outcome.figures.get("duration_s", 0.0), 2),
        "retries": outcome.retries,
        "video": str(film.path),
    }
