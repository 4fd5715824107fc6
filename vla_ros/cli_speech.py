"""The words of `vla-ros transcribe` and `vla-ros say`."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from vla_ros.errors import SpeechError
from vla_ros.params.speech import RecognizerParams

if TYPE_CHECKING:
    from vla_ros.evaluation.speech.suite import SpeechPlan

Recognizer = Annotated[
    str, typer.Option(help="auto, whisper, sphinx, transformers or server; see docs/speech.md.")
]
SpeechModel = Annotated[
    str, typer.Option(help="Its weights: a size, hub name, folder or server address.")
]

_PATIENCE_S = 120.0
_console = Console(stderr=True)


def transcribe(
    file: Annotated[Path, typer.Argument(help="WAV file of one command.")],
    recognizer: Recognizer = "auto",
    model: SpeechModel = "",
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object as the last line.")
    ] = False,
) -> None:
    """Show which command a recording is understood as."""
    from vla_ros.speech.recordings import transcribe_file

    heard = transcribe_file(file, _recognizer_params(recognizer, model), announce)
    if as_json:
        print(json.dumps(heard.to_json()), flush=True)
    elif heard.rejected is None:
        print(f"{heard.text}  (confidence {heard.confidence:.2f})")
    else:
        print(f"rejected: {heard.rejected}" + (f" (heard '{heard.text}')" if heard.text else ""))
    raise typer.Exit(0 if heard.rejected is None else 1)


def heard_command(file: Path, recognizer: str, model: str, confirmed: bool) -> str:
    """Return the command that a recording says, and tell what was heard.

    One that the robot would read back is read back here: on a terminal it waits for a yes.

    Args:
        file: The recording.
        recognizer: As in RecognizerParams.
        model: As in RecognizerParams.
        confirmed: Take what was heard without asking.

    Raises:
        SpeechError: It says none, cannot be read, or was not heard surely and nobody confirms it.
    """
    from vla_ros.speech.recordings import transcribe_file

    params = _recognizer_params(recognizer, model)
    heard = transcribe_file(file, params, announce)
    if heard.rejected is not None:
        raise SpeechError(f"{file} is no command: {heard.rejected} (heard '{heard.text}')")
    announce(f"heard '{heard.text}' (confidence {heard.confidence:.2f})")
    if heard.confidence >= params.act_confidence or confirmed:
        return heard.text
    if not sys.stdin.isatty():
        raise SpeechError(
            f"not sure that {file} says '{heard.text}' (confidence {heard.confidence:.2f}, "
            f"{params.act_confidence:.2f} is needed): say --yes if it does"
        )
    if not typer.confirm(f"Did you say: {heard.text}?"):
        raise SpeechError("then please say it again")
    return heard.text


def _recognizer_params(recognizer: str, model: str) -> RecognizerParams:
    return RecognizerParams(
        speech_recognizer=recognizer, speech_model=model, recognition_timeout_s=_PATIENCE_S
    )


def say(
    text: Annotated[str, typer.Argument(help="What to say.")],
    voice: Annotated[
        str, typer.Option(help="espeak, flite, festival, piper or kokoro.")
    ] = "espeak",
    voice_name: Annotated[
        str,
        typer.Option(
            help="Which of its voices; for piper, its .onnx file; for kokoro, FOLDER#VOICE."
        ),
    ] = "",
    speed: Annotated[float, typer.Option(min=0.5, max=2.0, help="1 is normal.")] = 1.0,
    output: Annotated[
        Path | None, typer.Option(help="Write a WAV file instead of playing it.")
    ] = None,
) -> None:
    """Say something aloud, with the voice that speaks the robot's replies."""
    from vla_ros.speech.audio import wav_of_clip
    from vla_ros.speech.devices import Loudspeaker
    from vla_ros.speech.voices import create_voice

    clip = create_voice(voice, voice_name, speed).speak(text)
    if output is None:
        Loudspeaker().play(clip)
        return
    output.write_bytes(wav_of_clip(clip))
    _console.print(f"{clip.duration_s:.1f} s in {output}", highlight=False)


def evaluate_speech(plan: SpeechPlan, as_json: bool) -> None:
    """Run the suite "speech" and print its figures."""
    from vla_ros.evaluation.speech.suite import run_speech_suite

    summary = run_speech_suite(plan, _console)
    if as_json:
        print(json.dumps(summary), flush=True)
        return
    console = Console()
    if "tasks" in summary:
        table = Table("", "commands", "right", "95 %", "acted", "wrong acts", "word errors")
        for name, group in {**summary["tasks"], "all": summary}.items():
            counts = (str(group[key]) for key in ("acted_unasked", "wrong_acts"))
            errors = f"{group['word_error_rate']:.0%}"
            table.add_row(name, *_shares(group), *counts, errors)
        console.print(table)
    if "stop" in summary:
        table = Table("stop words", "calls", "heard", "95 %", "in time", "median delay")
        for name, group in summary["stop"].items():
            median = group["median_delay_s"]
            late = "" if median is None else f"{median:.2f} s"
            table.add_row(name, *_shares(group), str(group["in_time"]), late)
        console.print(table)
    for name in ("recognizer", "talk", "alarms"):
        if name in summary:
            console.print(f"{name}: {summary[name]}", highlight=False, markup=False)


def speech_plan(
    commands: int,
    seed: int,
    params_file: str,
    parts: Sequence[str],
    voices: Sequence[str],
    minutes: float,
    out: Path | None,
) -> SpeechPlan:
    """Return the plan that the options of `vla-ros evaluate` ask for."""
    from vla_ros.evaluation.speech.commands import voice_named
    from vla_ros.evaluation.speech.suite import PARTS, SpeechPlan
    from vla_ros.parameter_files import load_params
    from vla_ros.params.speech import SpeechParams

    files = [Path(params_file)] if params_file else []
    return SpeechPlan(
        commands,
        seed,
        load_params(RecognizerParams, files, "speech"),
        load_params(SpeechParams, files, "speech"),
        tuple(parts) or PARTS,
        tuple(map(voice_named, voices)),
        minutes,
        out,
    )


def _shares(group: dict[str, Any]) -> tuple[str, str, str]:
    low, high = group["interval_95"]
    return str(group["episodes"]), str(group["successes"]), f"{low:.0%} to {high:.0%}"


def announce(sentence: str) -> None:
    """Tell the user something that must not go unnoticed."""
    _console.print(sentence, style="yellow", highlight=False, markup=False)
