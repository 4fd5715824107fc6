"""The `vla-ros` command. Every command's work is done in the rooms; here are only its words."""

from __future__ import annotations

import json
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from vla_ros.cli_ask import ask
from vla_ros.cli_evaluate import evaluate
from vla_ros.cli_pictures import ground, search
from vla_ros.cli_speech import Recognizer, SpeechModel, heard_command, say, transcribe
from vla_ros.errors import ConfigError, VlaRosError

app = typer.Typer(
    name="vla-ros",
    help="Say what you want, and a robot arm that has a camera does it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
train_app = typer.Typer(help="Train the default models.", no_args_is_help=True)
app.add_typer(train_app, name="train")
for command in (ask, evaluate, ground, search, transcribe, say):
    app.command()(command)

console = Console(stderr=True)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line.")]


def main() -> None:
    """Run the command; an error of ours is one line on stderr and exit status 1."""
    try:
        app()
    except VlaRosError as error:
        print(f"vla-ros: {error}", file=sys.stderr)
        sys.exit(1)


@app.command()
def demo(
    text: Annotated[str, typer.Argument(help="What the robot shall do.")] = "",
    speech: Annotated[
        Path | None, typer.Option(help="WAV file that says it, in place of the text.")
    ] = None,
    recognizer: Recognizer = "auto",
    speech_model: SpeechModel = "",
    yes: Annotated[
        bool, typer.Option("--yes", help="Take what was heard even if it is not heard surely.")
    ] = False,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the scene.")] = 1,
    headless: Annotated[bool, typer.Option(help="Open no window, even with a display.")] = False,
    view: Annotated[bool, typer.Option(help="Watch it in a window.")] = False,
    output_dir: Annotated[Path, typer.Option(help="Where the video and pictures go.")] = Path(
        "outputs/demo"
    ),
    robot: Annotated[str, typer.Option(help="Robot name or YAML file.")] = "default",
    as_json: Json = False,
) -> None:
    """Run one instruction in the embedded simulator, through the same ROS nodes as on a robot."""
    if view and headless:
        raise ConfigError("--view and --headless contradict each other: say one")
    if bool(text) == (speech is not None):
        raise ConfigError("say what the robot shall do: either as TEXT or with --speech FILE.wav")
    if speech is not None:
        text = heard_command(speech, recognizer, speech_model, yes)
    from vla_ros.ros.demo import run_demo

    result = run_demo(
        text, seed=seed, view=view, output_dir=output_dir, robot=robot, console=console
    )
    if as_json:
        _print_json(result)
    else:
        mark = "[green]done[/]" if result["success"] else f"[red]{result['outcome']}[/]"
        console.print(f"{mark}: {result['message']}  ({result['duration_s']:.1f} s)")
        console.print(f"video: {result['video']}", highlight=False)
    raise typer.Exit(0 if result["success"] else 1)


@app.command()
def parse(
    text: Annotated[str, typer.Argument(help="What was said.")], as_json: Json = False
) -> None:
    """Show how an instruction is understood."""
    from vla_ros.language.phrases import describe_task
    from vla_ros.language.rule_parser import RuleParser

    understood = RuleParser().parse(text)
    if as_json:
        _print_json(
            {
                "tasks": [
                    {
                        "skill": task.skill.value,
                        "object": task.object,
                        "destination": task.destination,
                        "relation": task.relation.value if task.relation else None,
                        "count": task.count,
                    }
                    for task in understood.tasks
                ],
                "refusal": understood.refusal,
                "question": understood.question,
            }
        )
    else:
        for number, task in enumerate(understood.tasks, start=1):
            print(f"{number}. {describe_task(task)}")
        for sentence in filter(None, (understood.refusal, understood.question)):
            print(sentence)


@app.command()
def doctor(
    robot: Annotated[str, typer.Option(help="Robot name or YAML file.")] = "default",
    seconds: Annotated[float, typer.Option(min=0.5, help="How long to listen to topics.")] = 3.0,
    as_json: Json = False,
) -> None:
    """Check ROS, the DDS profile, the GPU, cameras, tf and controllers; say how to mend each."""
    from vla_ros.ros.doctor import examine

    findings = examine(robot=robot, listen_s=seconds)
    if as_json:
        _print_json({"findings": [finding.to_json() for finding in findings]})
    else:
        marks = {"ok": "[green]ok[/]", "note": "[yellow]note[/]", "fault": "[red]fault[/]"}
        table = Table("", "what", "found", "remedy")
        for finding in findings:
            table.add_row(marks[finding.verdict], finding.what, finding.found, finding.remedy)
        Console().print(table)
    raise typer.Exit(1 if any(finding.verdict == "fault" for finding in findings) else 0)


@train_app.command("grounder")
def train_grounder(
    output_dir: Annotated[
        Path, typer.Option(help="Gets the model; training that was broken off goes on.")
    ] = Path("outputs/grounder"),
    dataset_dir: Annotated[
        Path, typer.Option(help="Pictures; rendered first where there are too few.")
    ] = Path("outputs/grounder_pictures"),
    pictures: Annotated[int, typer.Option(min=64, help="Training pictures.")] = 24_000,
    steps: Annotated[
        int, typer.Option(min=100, help="Batches; the result depends on nothing else.")
    ] = 20_000,
    minutes: Annotated[
        float | None, typer.Option(min=1.0, help="Stop after this long instead.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Decides everything random.")] = 0,
    threads: Annotated[int, typer.Option(min=1, help="Processor threads.")] = 2,
    bfloat16: Annotated[
        bool, typer.Option("--bfloat16", help="Faster on processors with AMX or AVX512-BF16.")
    ] = False,
    start_from: Annotated[
        Path | None, typer.Option(help="Folder of a finished model to go on from.")
    ] = None,
) -> None:
    """Train the default detector on rendered scenes: render, train, calibrate, export."""
    _require_torch()
    from vla_ros.training.train_grounder import train_grounder as train

    scores = train(
        output_dir,
        dataset_dir,
        pictures=pictures,
        steps=steps,
        minutes=minutes,
        threads=threads,
        workers=threads,
        bfloat16=bfloat16,
        start_from=start_from,
        seed=seed,
        report=lambda line: console.print(line, markup=False, highlight=False),
    )
    console.print(f"model in {output_dir}; use it with `grounder_model: {output_dir.resolve()}`")
    console.print(f"validation: {scores}", markup=False, highlight=False)


@train_app.command("stop-words")
def train_stop_words(
    output_dir: Annotated[Path, typer.Option(help="Gets the network.")] = Path(
        "outputs/stop_words"
    ),
    dataset_dir: Annotated[
        Path, typer.Option(help="Recordings, and windows cut from them; made where missing.")
    ] = Path("outputs/stop_word_recordings"),
    kokoro: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            file_okay=False,
            help="Kokoro's model and voices: natural voices. Without them people are heard less.",
        ),
    ] = None,
    windows: Annotated[
        int, typer.Option(min=4096, help="Windows to learn from, 1.2 s of sound each.")
    ] = 500_000,
    epochs: Annotated[int, typer.Option(min=1, help="How often each is learnt from.")] = 8,
    seed: Annotated[int, typer.Option(min=0, help="Decides everything random.")] = 0,
    threads: Annotated[int, typer.Option(min=1, help="Processor threads.")] = 2,
) -> None:
    """Train the network that hears "stop", "halt" and "freeze": say, describe, fit."""
    _require_torch()
    from vla_ros.training.stop_words.train import train_stop_words as train
    from vla_ros.training.stop_words.voices import VOICES, natural_voices

    voices = VOICES if kokoro is None else (*natural_voices(kokoro), *VOICES)
    train(
        output_dir,
        dataset_dir,
        voices,
        windows=windows,
        epochs=epochs,
        seed=seed,
        threads=threads,
        report=lambda line: console.print(line, markup=False, highlight=False),
    )
    console.print(f"network in {output_dir}")


def _require_torch() -> None:
    if find_spec("torch") is None or find_spec("transformers") is None:
        raise ConfigError("training needs torch: pip install 'vla_ros[models]'")


def _print_json(value: dict[str, Any]) -> None:
    print(json.dumps(value), flush=True)


if __name__ == "__main__":
    main()
