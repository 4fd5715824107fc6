"""Chooses what stands on the table: kinds and colours, with near misses among them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from vla_ros.errors import SimulationError
from vla_ros.sim.kinds import Kind
from vla_ros.sim.materials import COLORS, shade
from vla_ros.sim.objects import CATALOGUE, kind_named
from vla_ros.sim.scene_description import SceneObject, SceneOptions


def pick_kinds(rng: np.random.Generator, options: SceneOptions) -> list[tuple[Kind, str]]:
    """Return kinds with colours, near misses among them.

    Raises:
        SimulationError: There is nothing to choose from.
    """
    return _Picker(rng, options).picks()


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


def numbered(things: list[SceneObject]) -> list[SceneObject]:
    """Return them with unique names ("red_cube_1", "red_cube_2")."""
    counts: dict[str, int] = {}
    result = []
    for thing in things:
        counts[thing.name] = counts.get(thing.name, 0) + 1
        result.append(replace(thing, name=f"{thing.name}_{counts[thing.name]}"))
    return result


class _Picker:
    """Chooses kinds and colours, with near misses among them."""

    def __init__(self, rng: np.random.Generator, options: SceneOptions) -> None:
        self._rng, self._options = rng, options
        names = options.kinds or tuple(CATALOGUE)
        self._kinds = [kind_named(name) for name in names if kind_named(name).weight > 0.0]
        self._colors = options.colors or tuple(COLORS)
        self._picks: list[tuple[Kind, str]] = []
        self._settled: frozenset[str] = frozenset()
        if not self._kinds:
            raise SimulationError(f"no kind to choose from in {names}")

    def picks(self) -> list[tuple[Kind, str]]:
        options = self._options
        if self._rng.random() < options.drawer_probability:
            self._add([CATALOGUE["drawer"]])
        self._add_required()
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

    def _add_required(self) -> None:
        """Add what must be there; where any colour will do, nothing else of that kind may come."""
        for name, color in self._options.required:
            kind = kind_named(name)
            if not color:
                self._add([kind], self._colors)
            elif color in kind.colors:
                self._picks.append((kind, color))
            else:
                raise SimulationError(f"no {name} is {color}; it may be {list(kind.colors)}")
        self._settled = frozenset(name for name, color in self._options.required if not color)

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
        if kind.name in self._settled or (color, kind.nouns[0]) in self._options.excluded_pairs:
            return False
        return self._options.duplicates or (kind, color) not in self._picks
