"""An evaluation as one HTML file that needs nothing else: scores, plots, what failures looked like.

Pictures and films are embedded up to a limit; beyond it they are linked where they lie.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from vla_ros.errors import ConfigError
from vla_ros.evaluation.record import media_files
from vla_ros.evaluation.scores import EpisodeResult
from vla_ros.types import Json

REPORT_FILE = "report.html"
MOST_EMBEDDED_BYTES = 24_000_000
MOST_FAILURES = 500
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
    """

    result: EpisodeResult
    picture: str
    film: str
    embedded: bool


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
        success_plot=Markup(success_plot(summary)),
        reason_plot=Markup(reason_plot(results)),
        spread_plots=[Markup(plot) for plot in spreads if plot],
        failures=shown_failures(folder, wrong[:MOST_FAILURES]),
        left_out=max(0, len(wrong) - MOST_FAILURES),
    )
    path = folder / REPORT_FILE
    path.write_text(page, encoding="utf-8")
    return path


def shown_failures(
    folder: Path, wrong: Sequence[EpisodeResult], most_bytes: int = MOST_EMBEDDED_BYTES
) -> list[Failure]:
    """Return failures with what they looked like, embedded as long as there is room.

    Args:
        folder: The evaluation's folder.
        wrong: Results of what failed.
        most_bytes: Most bytes to embed in all.
    """
    left = most_bytes
    shown = []
    for result in wrong:
        picture, film = media_files(folder, result.index)
        if not (picture.is_file() and film.is_file()):
            shown.append(Failure(result, "", "", False))
            continue
        size = picture.stat().st_size + film.stat().st_size
        if size <= left:
            left -= size
            picture_url, film_url = _embedded(picture, "image/jpeg"), _embedded(film, "video/mp4")
            shown.append(Failure(result, picture_url, film_url, True))
        else:
            beside = picture.relative_to(folder).as_posix(), film.relative_to(folder).as_posix()
            shown.append(Failure(result, *beside, False))
    return shown


def _embedded(path: Path, kind: str) -> str:
    return f"data:{kind};base64,{base64.b64encode(path.read_bytes()).decode()}"
