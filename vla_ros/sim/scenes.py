"""What stands where: a scene as a pure description, drawn from a seed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from vla_ros.errors import SimulationError
from vla_ros.sim.kinds import Kind, Size
from vla_ros.sim.materials import COLORS, MATERIALS, color_words, shade
from vla_ros.sim.objects import CATALOGUE, kind_named
from vla_ros.sim.placement import Footprint, Region, find_place
from vla_ros.sim.surroundings import Surroundings, sample_surroundings
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
        required: Kind and colour ("" for any) of objects that must be there.
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


def sample_scene(seed: int, options: SceneOptions | None = None) -> Scene:
    """Return the scene of a seed; the same seed and options give the same scene.

    Raises:
        SimulationError: The options leave no room or nothing to choose from.
    """
    options = options or SceneOptions()
    rng = np.random.default_rng(seed)
    surroundings = sample_surroundings(rng, options.randomization)
    for _ in range(options.tries):
        picks = _Picker(rng, options).picks()
        objects = _arrange(rng, picks, options)
        if objects is not None:
            return Scene(seed, objects, surroundings)
    raise SimulationError(
        f"seed {seed}: no arrangement in {options.tries} tries; ask for fewer objects than "
        f"{options.count}, less spacing than {options.spacing_m} m or a larger region"
    )


def dressed(kind: Kind, color: str, rng: np.random.Generator, randomization: float) -> SceneObject:
    """Return an object of a kind and colour with a size, material and shade; not yet placed."""
    seed = int(rng.integers(2**31))
    size = kind.size_at(float(rng.random()))
    return SceneObject(
        name=f"{color}_{kind.name}",
        kind=kind.name,
        color=color,
        rgb=shade(color, rng, randomization),
        material=str(rng.choice(kind.materials)),
        size_m=size,
        position_m=(0.0, 0.0, size[2] / 2.0),
        yaw_rad=0.0,
        seed=seed,
    )


class _Picker:
    """Chooses kinds and colours, with near misses among them."""

    def __init__(self, rng: np.random.Generator, options: SceneOptions) -> None:
        self._rng, self._options = rng, options
        names = options.kinds or tuple(CATALOGUE)
        self._kinds = [kind_named(name) for name in names if kind_named(name).weight > 0.0]
        self._colors = options.colors or tuple(COLORS)
        self._picks: list[tuple[Kind, str]] = []
        if not self._kinds:
            raise SimulationError(f"no kind to choose from in {names}")

    def picks(self) -> list[tuple[Kind, str]]:
        options = self._options
        if self._rng.random() < options.drawer_probability:
            self._add([CATALOGUE["drawer"]])
        for name, color in options.required:
            self._add([kind_named(name)], (color,) if color else self._colors)
        if options.forced_pairs:
            color, noun = options.forced_pairs[int(self._rng.integers(len(options.forced_pairs)))]
            self._add([kind for kind in CATALOGUE.values() if kind.nouns[0] == noun], (color,))
        for needed, kinds in (
            (options.containers, [kind for kind in self._kinds if kind.container]),
            (options.graspables, [k for k in self._kinds if k.graspable and not k.container]),
        ):
            for _ in range(needed - sum(1 for kind, _ in self._picks if kind in kinds)):
                self._add(kinds)
        wanted = int(self._rng.integers(options.count[0], options.count[1] + 1))
        attempts = 0
        while len(self._picks) < wanted and attempts < 50:
            self._add_near_miss()
            attempts += 1
        return self._picks

    def _add_near_miss(self) -> None:
        kinds, colors = self._kinds, self._colors
        earlier = [pick for pick in self._picks if not pick[0].fixed]
        if earlier:
            kind, color = earlier[int(self._rng.integers(len(earlier)))]
            if self._rng.random() < self._options.shared_kind_probability:
                kinds = [kind]
            elif self._rng.random() < self._options.shared_color_probability:
                colors = (color,)
        self._add(kinds, colors)

    def _add(self, kinds: list[Kind], colors: tuple[str, ...] | None = None) -> None:
        """Add one of the kinds in one of the colours, where a pair is allowed and free."""
        allowed = [
            (kind, color)
            for kind in kinds
            for color in (colors or self._colors)
            if color in kind.colors and self._free(kind, color)
        ]
        if not allowed:
            return
        by_kind = {kind.name: kind for kind, _ in allowed}
        weights = np.array([max(kind.weight, 1e-3) for kind in by_kind.values()])
        name = str(self._rng.choice(list(by_kind), p=weights / weights.sum()))
        shades = [color for kind, color in allowed if kind.name == name]
        self._picks.append((by_kind[name], str(self._rng.choice(shades))))

    def _free(self, kind: Kind, color: str) -> bool:
        if (color, kind.nouns[0]) in self._options.excluded_pairs:
            return False
        return self._options.duplicates or (kind, color) not in self._picks


def _arrange(
    rng: np.random.Generator, picks: list[tuple[Kind, str]], options: SceneOptions
) -> tuple[SceneObject, ...] | None:
    """Return the picks placed on the table, the largest first, or None where one finds no room."""
    dressed_objects = [dressed(kind, color, rng, options.randomization) for kind, color in picks]
    counts: dict[str, int] = {}
    placed: list[SceneObject] = []
    taken: list[Footprint] = []
    for thing in sorted(dressed_objects, key=lambda o: -o.size_m[0] * o.size_m[1]):
        counts[thing.name] = counts.get(thing.name, 0) + 1
        name = f"{thing.name}_{counts[thing.name]}"
        put = _put(rng, replace(thing, name=name), taken, options)
        if put is None:
            return None
        placed.append(put)
        taken.append(_claimed(put))
    return tuple(placed)


def _put(
    rng: np.random.Generator, thing: SceneObject, taken: list[Footprint], options: SceneOptions
) -> SceneObject | None:
    length, width, height = thing.size_m
    if kind_named(thing.kind).fixed:
        place = _chest_place(rng, length, width)
    else:
        found = find_place(rng, length, width, options.region, taken, options.spacing_m)
        if found is None:
            return None
        place = found
    return replace(
        thing, position_m=(place.x_m, place.y_m, height / 2.0), yaw_rad=place.yaw_rad
    )


def _chest_place(rng: np.random.Generator, length: float, width: float) -> Footprint:
    """Return a place near the robot at its left or right; the drawer faces away from the robot."""
    side = 1.0 if rng.random() < 0.5 else -1.0
    return Footprint(
        float(rng.uniform(0.36, 0.40)),
        float(side * rng.uniform(0.20, 0.24)),
        float(-0.2 * side + rng.uniform(-0.15, 0.15)),
        length,
        width,
    )


def _claimed(thing: SceneObject) -> Footprint:
    """Return the footprint an object needs, a drawer's travel in front of its chest included."""
    place = thing.footprint
    if not kind_named(thing.kind).fixed:
        return place
    travel = 0.16
    forward = np.array([np.cos(place.yaw_rad), np.sin(place.yaw_rad)]) * travel / 2.0
    return Footprint(
        place.x_m + float(forward[0]), place.y_m + float(forward[1]), place.yaw_rad,
        place.length_m + travel, place.width_m,
    )
