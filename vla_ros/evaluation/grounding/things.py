"""What stands on the table, what it may be called, and how much of it is seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from vla_ros.sim.environment import ObjectTruth
from vla_ros.sim.scene_description import SceneObject
from vla_ros.sim.visibility import VisiblePart

LEAST_VISIBLE = 0.3
FEWEST_PIXELS = 60


@dataclass(frozen=True, slots=True)
class Thing:
    """One object, with all that a question about it needs to know.

    Attributes:
        truth: Where it is, and how large.
        nouns: What people call it, the plainest first.
        colors: Words for its colour, the plainest first.
        categories: Families it belongs to.
        part: What the picture shows of it, None where that is nothing.
    """

    truth: ObjectTruth
    nouns: tuple[str, ...]
    colors: tuple[str, ...]
    categories: tuple[str, ...]
    part: VisiblePart | None

    @property
    def name(self) -> str:
        """Its name in the scene."""
        return self.truth.name

    @property
    def kind(self) -> str:
        """Its kind in the catalogue."""
        return self.truth.kind

    @property
    def clear(self) -> bool:
        """Whether enough of it is seen for a person to tell what it is."""
        part = self.part
        return (
            part is not None
            and part.fraction >= LEAST_VISIBLE
            and part.pixels >= FEWEST_PIXELS
            and not part.cut_off
        )

    @property
    def box_px(self) -> np.ndarray:
        """The box (4,) of what is seen of it; only of things that are seen at all."""
        assert self.part is not None, f"{self.name} is not seen"
        return self.part.box_px

    @property
    def known_truth(self) -> ObjectTruth:
        """Its truth with every phrase that names it, families included: for the oracle."""
        families = [
            said
            for word in self.categories
            for said in (word, *(f"{c} {word}" for c in self.colors))
        ]
        return replace(self.truth, phrases=(*self.truth.phrases, *families))


def thing_of(truth: ObjectTruth, described: SceneObject, part: VisiblePart | None) -> Thing:
    """Return a thing as it stands now, with the words of its description."""
    return Thing(truth, described.nouns, described.color_words, described.categories, part)


Things = Mapping[str, Thing]
"""Every object of a scene by name."""
