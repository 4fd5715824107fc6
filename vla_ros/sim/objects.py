"""The catalogue: every kind of object that may stand on the table."""

from __future__ import annotations

from vla_ros.errors import SimulationError
from vla_ros.sim.catalogue import blocks, fruit, furniture, groceries, stationery, tableware, tools
from vla_ros.sim.kinds import Kind

_SHELVES = (blocks, groceries, tableware, fruit, tools, stationery, furniture)
CATALOGUE: dict[str, Kind] = {kind.name: kind for shelf in _SHELVES for kind in shelf.KINDS}
"""Every kind by name, in a fixed order."""


def kind_named(name: str) -> Kind:
    """Return a kind.

    Raises:
        SimulationError: There is none of that name.
    """
    if name not in CATALOGUE:
        raise SimulationError(f"no kind '{name}'; there are {sorted(CATALOGUE)}")
    return CATALOGUE[name]
