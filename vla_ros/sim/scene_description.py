"""A scene as a pure description: what stands where, and what scenes may be like."""

from __future__ import annotations

from dataclasses import dataclass, field

from vla_ros.errors import SimulationError
from vla_ros.sim.kinds import Size
from vla_ros.sim.materials import MATERIALS, color_words
from vla_ros.sim.objects import kind_named
from vla_ros.sim.placement import Footprint, Region
from vla_ros.sim.surroundings import Surroundings
from vla_ros.sim.textures import Rgb

ColorNoun = tuple[str, str]
"""A colour word and the first noun of a kind."""


@dataclass(frozen=True, slots=True)
class SceneObject:
    """One object.

    Attributes:
        name: Unique in the scene ("red_cube_1").
        kind: Name of its kind.
        color: Its colour word.
        rgb: The shade of that colour it has, 0..1.
        material: Name of its material.
        size_m: Bounding box [m], full sides along its own axes.
        position_m: Centre of that box in the base frame [m].
        yaw_rad: Turn about z.
        seed: Decides its label and grain.
    """

    name: str
    kind: str
    color: str
    rgb: Rgb
    material: str
    size_m: Size
    position_m: tuple[float, float, float]
    yaw_rad: float
    seed: int

    @property
    def nouns(self) -> tuple[str, ...]:
        """What people call it, the plainest first."""
        return kind_named(self.kind).nouns

    @property
    def categories(self) -> tuple[str, ...]:
        """Families it belongs to."""
        return kind_named(self.kind).categories

    @property
    def color_words(self) -> tuple[str, ...]:
        """Every word for its colour, the plainest first."""
        return color_words(self.color)

    @property
    def material_words(self) -> tuple[str, ...]:
        """Adjectives for its material, often none."""
        return MATERIALS[self.material].words

    @property
    def phrases(self) -> tuple[str, ...]:
        """Phrases without article that name it, the plainest first."""
        colored = tuple(f"{c} {n}" for n in self.nouns for c in self.color_words)
        if kind_named(self.kind).color_goes_without_saying:
            return self.nouns + colored
        return colored + self.nouns

    @property
    def footprint(self) -> Footprint:
        """The part of the table it stands on."""
        x, y, _ = self.position_m
        return Footprint(x, y, self.yaw_rad, self.size_m[0], self.size_m[1])


@dataclass(frozen=True, slots=True)
class SceneOptions:
    """What scenes may be like.

    Attributes:
        count: Fewest and most objects, the drawer unit not counted.
        kinds: Kinds to choose from, empty for all.
        colors: Colours to choose from, empty for all.
        containers: How many containers there are at least.
        graspables: How many things that can be grasped there are at least.
        drawer_probability: How likely a drawer unit stands there.
        shared_color_probability: How likely the next object shares a colour with an earlier one.
        shared_kind_probability: How likely the next object shares its kind with an earlier one.
        duplicates: Whether two objects may share both colour and kind.
        randomization: 0 gives the same light, camera and shades in each scene, 1 the widest spread.
        spacing_m: Distance that objects keep from each other.
        region: Where they stand.
        excluded_pairs: Colour and noun that never occur together.
        forced_pairs: Colour and noun of which at least one occurs, chosen at random; empty: no.
        required: Kind and colour of objects that must be there; with "" any colour will do, and
            nothing else of that kind is there.
        tries: How often the arrangement is started again before giving up.
    """

    count: tuple[int, int] = (4, 8)
    kinds: tuple[str, ...] = ()
    colors: tuple[str, ...] = ()
    containers: int = 1
    graspables: int = 2
    drawer_probability: float = 0.15
    shared_color_probability: float = 0.35
    shared_kind_probability: float = 0.30
    duplicates: bool = False
    randomization: float = 0.6
    spacing_m: float = 0.035
    region: Region = field(default_factory=Region)
    excluded_pairs: frozenset[ColorNoun] = frozenset()
    forced_pairs: tuple[ColorNoun, ...] = ()
    required: tuple[tuple[str, str], ...] = ()
    tries: int = 20


@dataclass(frozen=True, slots=True)
class Scene:
    """A whole scene.

    Attributes:
        seed: The seed it was drawn from.
        objects: What stands on the table.
        surroundings: Table, room, lights and the front camera.
    """

    seed: int
    objects: tuple[SceneObject, ...]
    surroundings: Surroundings

    def named(self, name: str) -> SceneObject:
        """Return an object by name.

        Raises:
            SimulationError: There is none of that name.
        """
        for candidate in self.objects:
            if candidate.name == name:
                return candidate
        raise SimulationError(f"no object '{name}'; there are {[o.name for o in self.objects]}")
