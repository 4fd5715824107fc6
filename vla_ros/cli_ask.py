"""The words of `vla-ros ask`: a question to the robot that is running."""

from __future__ import annotations

import json
from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line.")]


def ask(
    question: Annotated[str, typer.Argument(help="Such as 'how many cans are there?'.")],
    namespace: Annotated[str, typer.Option(help="Namespace of the robot's nodes.")] = "",
    wait: Annotated[
        float, typer.Option(min=0.1, max=600.0, help="Wall time to wait for the answer [s].")
    ] = 60.0,
    as_json: Json = False,
) -> None:
    """Ask what the robot's camera sees: what, where, how many, what colour, is it empty."""
    from vla_ros.ros.question_client import ask_question

    answered, answer = ask_question(question, namespace, wait)
    print(json.dumps({"answered": answered, "answer": answer}) if as_json else answer, flush=True)
    raise typer.Exit(0 if answered else 1)
