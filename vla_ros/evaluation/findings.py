"""What an episode finds beyond its own success: how often what was right, and how large what was.

Suites whose episodes ask many questions (is it called done, is the right thing found) count them
here; whatever runs a suite, its totals, tables and reports come about in one way.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields

from vla_ros.types import Json

GROUP_MARK = "/"
"""Parts the name of a share's group from its kind: "relation/behind"."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """An answer that was wrong.

    Attributes:
        kind: Name of the share that it belongs to.
        told: What was asked, and what came.
    """

    kind: str
    told: str


@dataclass(frozen=True, slots=True)
class Findings:
    """What one episode adds to the totals of its suite.

    Attributes:
        shares: (how often, of how many) by name; "group/kind" counts for the group too.
        samples: Measured values by name, the unit in the name.
        scored: (score 0..1, whether it was right) of each answer that had a score.
        mistakes: What was wrong, for people.
    """

    shares: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    samples: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    scored: tuple[tuple[float, bool], ...] = ()
    mistakes: tuple[Mistake, ...] = ()

    def to_json(self) -> Json:
        """Return them as a JSON object."""
        return asdict(self)

    @classmethod
    def from_json(cls, said: Json) -> Findings:
        """Return the findings that `to_json` wrote.

        Raises:
            ValueError: They are none.
            TypeError: Likewise.
            KeyError: Likewise.
        """
        if not isinstance(said, dict) or set(said) != {spec.name for spec in fields(cls)}:
            raise ValueError(f"findings of a result are an object, not {said!r}")
        return cls(
            shares={str(name): (int(n), int(of)) for name, (n, of) in said["shares"].items()},
            samples={str(name): tuple(map(float, v)) for name, v in said["samples"].items()},
            scored=tuple((float(score), bool(right)) for score, right in said["scored"]),
            mistakes=tuple(Mistake(str(m["kind"]), str(m["told"])) for m in said["mistakes"]),
        )


class Counter:
    """Gathers findings one by one."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._shares: dict[str, tuple[int, int]] = {}
        self._samples: dict[str, list[float]] = {}
        self._scored: list[tuple[float, bool]] = []
        self._mistakes: list[Mistake] = []

    def count(self, name: str, happened: bool, mistake: str = "") -> None:
        """Count one case of a share; `mistake`, where it is not empty, tells what was wrong."""
        count, of = self._shares.get(name, (0, 0))
        self._shares[name] = count + happened, of + 1
        if mistake:
            self._mistakes.append(Mistake(name, mistake))

    def add(self, name: str, value: float) -> None:
        """Add a measured value."""
        self._samples.setdefault(name, []).append(float(value))

    def score(self, score: float, right: bool) -> None:
        """Add a score and whether what it was given to is right."""
        self._scored.append((float(score), bool(right)))

    def findings(self) -> Findings:
        """Return all of them."""
        return Findings(
            dict(self._shares),
            {name: tuple(values) for name, values in self._samples.items()},
            tuple(self._scored),
            tuple(self._mistakes),
        )
