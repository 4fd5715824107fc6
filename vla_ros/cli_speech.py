"""The words of `vla-ros transcribe` and `vla-ros say`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from vla_ros.errors import SpeechError
from vla_ros.params.speech import RecognizerParams

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

    params = RecognizerParams(
        speech_recognizer=recognizer, speech_model=model, recognition_timeout_s=_PATIENCE_S
    )
    heard = transcribe_file(file, params, announce)
    if as_json:
        print(json.dumps(heard.to_json()), flush=True)
    elif heard.rejected is None:
        print(f"{heard.text}  (confidence {heard.confidence:.2f})")
    else:
        print(f"rejected: {heard.rejected}" + (f" (heard '{heard.text}')" if heard.text else ""))
    raise typer.Exit(0 if heard.rejected is None else 1)


def heard_command(file: Path) -> str:
    """Return the command that a recording says, and tell what was heard.

    Raises:
        SpeechError: It says none, or cannot be read.
    """
    from vla_ros.speech.recordings import transcribe_file

    heard = transcribe_file(file, RecognizerParams(recognition_timeout_s=_PATIENCE_S), announce)
    if heard.rejected is not None:
        raise SpeechError(f"{file} is no command: {heard.rejected} (heard '{heard.text}')")
    announce(f"heard '{heard.text}' (confidence {heard.confidence:.2f})")
    return heard.text


def say(
    text: Annotated[str, typer.Argument(help="What to say.")],
    voice: Annotated[str, typer.Option(help="espeak, flite, festival or piper.")] = "espeak",
    voice_name: Annotated[
        str, typer.Option(help="Which of its voices; for piper, the path of its .onnx file.")
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


def evaluate_speech(commands: int, seed: int, as_json: bool) -> None:
    """Run the suite "speech" with the default recogniser and print its figures."""
    from vla_ros.evaluation.speech_suite import run_speech_suite

    summary = run_speech_suite(commands, seed, RecognizerParams(), _console)
    if as_json:
        print(json.dumps(summary), flush=True)
        return
    console = Console()
    table = Table("", "commands", "right", "acted unasked", "wrong acts", "word errors")
    for name, group in {**summary["tasks"], "all": summary}.items():
        counts = (group[key] for key in ("episodes", "successes", "acted_unasked", "wrong_acts"))
        table.add_row(name, *map(str, counts), f"{group['word_error_rate']:.0%}")
    console.print(table)
    for name in ("recognizer", "stop", "other_speech"):
        console.print(f"{name}: {summary[name]}", highlight=False, markup=False)


def announce(sentence: str) -> None:
    """Tell the user something that must not go unnoticed."""
    _console.print(sentence, style="yellow", highlight=False, markup=False)
