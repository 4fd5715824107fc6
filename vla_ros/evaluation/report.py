"""An evaluation as one HTML file that needs nothing else: scores, plots, what failures looked like.

Pictures and films are embedded up to a limit; beyond it they are linked where they lie.
"""

from __future__ import annotations

import base64
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from vla_ros.errors import ConfigError
from vla_ros.evaluation.measure_rows import measure_rows
from vla_ros.evaluation.record import media_files, mistake_file
from vla_ros.evaluation.scores import EpisodeResult
from vla_ros.types import Json

REPORT_FILE = "report.html"
MOST_EMBEDDED_BYTES = 24_000_000
MOST_FAILURES = 500
MOST_OF_A_KIND = 40
_TEMPLATE = "report.html.j2"
_PACKAGES = ("jinja2", "matplotlib", "imageio_ffmpeg", "PIL")


@dataclass(frozen=True, slots=True)
class Failure:
    """What the report shows of an episode that failed.

    Attributes:
        result: Its result.
        picture: Its last moment: a data URI, a relative path, or "".
        film: All of it, likewise.
        embedded: Whether they are in the page.
        kind: Name of the measure that it counts against, "" for the episode as a whole.
        told: What was wrong.
    """

    result: EpisodeResult
    picture: str
    film: str
    embedded: bool
    kind: str = ""
    told: str = ""


def require_report_packages() -> None:
    """Check that a report can be made.

    Raises:
        ConfigError: Something is not installed, with how to install it.
    """
    missing = [name for name in _PACKAGES if find_spec(name) is None]
    if missing:
        raise ConfigError(f"--out needs {', '.join(missing)}: pip install 'vla_ros[sim]'")


def write_report(
    folder: Path, identity: Json, summary: Json, results: Sequence[EpisodeResult]
) -> Path:
    """Write the report of an evaluation into its folder, and return its path.

    Args:
        folder: The folder, with what failures looked like.
        identity: What was run.
        summary: The totals.
        results: Every result.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    from vla_ros.evaluation.plots import reason_plot, spread_plot, success_plot

    templates = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    done = [result for result in results if result.success]
    errors_mm = [1e3 * r.placement_error_m for r in done if r.placement_error_m is not None]
    wrong = [result for result in results if not result.success]
    spreads = (
        spread_plot([r.duration_s for r in done], "duration of what succeeded [s, simulated]"),
        spread_plot([r.path_length_m for r in done], "way of the tool [m]"),
        spread_plot(errors_mm, "placement error [mm]"),
    )
    page = templates.get_template(_TEMPLATE).render(
        identity=identity,
        summary=summary,
        measures=measure_rows(summary),
        success_plot=Markup(success_plot(summary)),
        reason_plot=Markup(reason_plot(results)),
        spread_plots=[Markup(plot) for plot in spreads if plot],
        failures=_by_kind(shown_failures(folder, wrong[:MOST_FAILURES])),
        left_out=max(0, len(wrong) - MOST_FAILURES),
    )
    path = folder / REPORT_FILE
    path.write_text(page, encoding="utf-8")
    return path


def _by_kind(failures: Sequence[Failure]) -> dict[str, list[Failure]]:
    groups: dict[str, list[Failure]] = defaultdict(list)
    for failure in failures:
        groups[failure.kind].append(failure)
    return dict(sorted(groups.items()))


def shown_failures(
    folder: Path, wrong: Sequence[EpisodeResult], most_bytes: int = MOST_EMBEDDED_BYTES
) -> list[Failure]:
    """Return failures with what they looked like, embedded as long as there is room.

    A result that tells of its mistakes gives one failure for each of them, another one gives one.

    Args:
        folder: The evaluation's folder.
        wrong: Results of what failed.
        most_bytes: Most bytes to embed in all.
    """
    left = most_bytes
    shown: list[Failure] = []
    for kind, result, told, picture, film in _failures(folder, wrong):
        files = [path for path in (picture, film) if path is not None]
        if not all(path.is_file() for path in files):
            shown.append(Failure(result, "", "", False, kind, told))
            continue
        size = sum(path.stat().st_size for path in files)
        embedded = size <= left
        left -= size if embedded else 0
        shown.append(
            Failure(
                result,
                _link(folder, picture, "image/jpeg", embedded),
                _link(folder, film, "video/mp4", embedded),
                embedded,
                kind,
                told,
            )
        )
    return shown


def _failures(
    folder: Path, wrong: Sequence[EpisodeResult]
) -> Iterator[tuple[str, EpisodeResult, str, Path, Path | None]]:
    """Yield kind, result, what was wrong, picture and film, at most MOST_OF_A_KIND of each kind."""
    count: Counter[str] = Counter()
    for result in wrong:
        if not result.findings.mistakes:
            yield "", result, result.message, *media_files(folder, result.index)
        for number, mistake in enumerate(result.findings.mistakes):
            count[mistake.kind] += 1
            if count[mistake.kind] <= MOST_OF_A_KIND:
                picture = mistake_file(folder, result.index, number)
                yield mistake.kind, result, mistake.told, picture, None


def _link(folder: Path, path: Path | None, kind: str, embedded: bool) -> str:
    """Return a file as a data URI or a path relative to the folder, "" for none."""
    if path is None:
        return ""
    return _embedded(path, kind) if embedded else path.relative_to(folder).as_posix()


def _embedded(path: Path, kind: str) -> str:
    return f"data:{kind};base64,{base64.b64encode(path.read_bytes()).decode()}"
