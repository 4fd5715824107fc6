"""What an examination finds, and how to mend it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal

from vla_ros.types import Json

Verdict = Literal["ok", "note", "fault"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        what: What was looked at.
        verdict: "fault" where something can't work, "note" where it may not be what is wanted.
        found: What was found.
        remedy: What to do about it; empty where nothing is to be done.
    """

    what: str
    verdict: Verdict
    found: str
    remedy: str = ""

    def to_json(self) -> Json:
        """Return it as a JSON object."""
        return asdict(self)


def ok(what: str, found: str) -> Finding:
    """Return that all is well."""
    return Finding(what, "ok", found)


def note(what: str, found: str, remedy: str) -> Finding:
    """Return something that may not be what is wanted."""
    return Finding(what, "note", found, remedy)


def fault(what: str, found: str, remedy: str) -> Finding:
    """Return something that can't work."""
    return Finding(what, "fault", found, remedy)
