"""Totals of the suite "speech"."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from vla_ros.evaluation.scores import wilson_interval
from vla_ros.evaluation.speech.records import CalledStop, HeardCommand, OtherSound
from vla_ros.speech.understanding import plain
from vla_ros.types import Json

IN_TIME_S = 0.5
"""A stop counts as heard in time within this much after its end."""


def command_scores(heard: Sequence[HeardCommand], hangover_s: float) -> Json:
    """Return the totals of all commands, and by noise, naturalness, both, and voice.

    Args:
        heard: The commands.
        hangover_s: Silence that the listener waits for before it recognises [s].
    """
    groups: dict[str, list[HeardCommand]] = defaultdict(list)
    for command in heard:
        kind = "natural" if command.natural else "other"
        level = f"{command.noise_db:.0f} dB"
        for name in (kind, level, f"{kind} {level}", command.voice.rsplit(" ", 1)[0]):
            groups[name].append(command)
    return {
        **_command_totals(heard, hangover_s),
        "tasks": {name: _command_totals(groups[name], hangover_s) for name in sorted(groups)},
    }


def _command_totals(heard: Sequence[HeardCommand], hangover_s: float) -> Json:
    count = len(heard)
    acted = [command for command in heard if command.acted]
    wrong = sum(not command.right for command in acted)
    rejected = sum(command.rejected is not None for command in heard)
    took_s = [command.processor_s for command in heard] or [0.0]
    words = max(1, sum(command.words for command in heard))
    return {
        **share(sum(command.right for command in heard), count),
        "acted_unasked": len(acted),
        "wrong_acts": wrong,
        "wrong_acts_rate": wrong / count if count else 0.0,
        "wrong_acts_interval_95": list(wilson_interval(wrong, count)),
        "read_back": count - len(acted) - rejected,
        "rejected": rejected,
        "word_error_rate": sum(command.wrong_words for command in heard) / words,
        "mean_processor_s": float(np.mean(took_s)),
        "p95_processor_s": float(np.percentile(took_s, 95)),
        "mean_latency_s": float(np.mean(took_s)) + hangover_s,
    }


def stop_scores(calls: Sequence[CalledStop]) -> Json:
    """Return how many calls were heard, and how late, by noise, and by noise and naturalness."""
    groups: dict[str, list[CalledStop]] = defaultdict(list)
    for call in calls:
        level = f"{call.noise_db:.0f} dB"
        groups[level].append(call)
        groups[f"{'natural' if call.natural else 'other'} {level}"].append(call)
    return {name: _stop_totals(groups[name]) for name in sorted(groups)}


def _stop_totals(calls: Sequence[CalledStop]) -> Json:
    delays = [call.delay_s for call in calls if call.delay_s is not None]
    in_time = sum(delay <= IN_TIME_S for delay in delays)
    return {
        **share(len(delays), len(calls)),
        "in_time": in_time,
        "in_time_rate": in_time / len(calls) if calls else 0.0,
        "median_delay_s": float(np.median(delays)) if delays else None,
        "longest_delay_s": max(delays, default=None),
        "missed": [f"{c.said} ({c.voice})" for c in calls if c.delay_s is None],
    }


def alarm_scores(sounds: Sequence[OtherSound]) -> Json:
    """Return the false stops, over all and by kind of sound."""
    kinds = {sound.kind for sound in sounds}
    return {
        **_alarm_totals(sounds),
        "kinds": {
            kind: _alarm_totals([sound for sound in sounds if sound.kind == kind])
            for kind in sorted(kinds)
        },
        "taken_for_stops": [
            f"{', '.join(sound.stops)}: {sound.said or 'noise'} ({sound.voice})"
            for sound in sounds
            if sound.stops
        ],
    }


def _alarm_totals(sounds: Sequence[OtherSound]) -> Json:
    minutes = sum(sound.duration_s for sound in sounds) / 60.0
    stops = sum(len(sound.stops) for sound in sounds)
    processor_s = sum(sound.processor_s for sound in sounds)
    return {
        "sounds": len(sounds),
        "minutes": minutes,
        "false_stops": stops,
        "false_stops_an_hour": 60.0 * stops / minutes if minutes else 0.0,
        "processor_share": processor_s / (60.0 * minutes) if minutes else 0.0,
    }


def talk_scores(heard: Sequence[HeardCommand]) -> Json:
    """Return what talk that is no command was taken for."""
    acted = sum(command.acted for command in heard)
    rejected = sum(command.rejected is not None for command in heard)
    return {
        "sentences": len(heard),
        "acted_unasked": acted,
        "acted_interval_95": list(wilson_interval(acted, len(heard))),
        "read_back": len(heard) - acted - rejected,
        "taken_for_commands": [f"{c.said} -> {c.heard}" for c in heard if c.rejected is None],
    }


def share(successes: int, episodes: int) -> Json:
    """Return a share with its 95 % interval."""
    return {
        "episodes": episodes,
        "successes": successes,
        "success_rate": successes / episodes if episodes else 0.0,
        "interval_95": list(wilson_interval(successes, episodes)),
    }


def word_errors(said: str, heard: str) -> tuple[int, int]:
    """Return the wrong, missing and additional words of what was heard, and the words said."""
    reference, found = plain(said).split(), plain(heard).split()
    row = list(range(len(found) + 1))
    for i, word in enumerate(reference, start=1):
        previous, row[0] = row[0], i
        for j, other in enumerate(found, start=1):
            previous, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, previous + (word != other))
    return row[-1], len(reference)
