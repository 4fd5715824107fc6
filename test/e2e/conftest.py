"""One simulator for all tests that run in this process: compiling and OpenGL are slow to start."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from tabletop_rig import FaultyEnvironment, Rig

from vla_ros.types import Look


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "test/e2e" in str(item.path):
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session")
def environment() -> Iterator[FaultyEnvironment]:
    with FaultyEnvironment() as made:
        yield made


@pytest.fixture(scope="session")
def memory() -> dict[tuple[str, ...], Look]:
    return {}


@pytest.fixture(scope="session")
def new_rig(
    environment: FaultyEnvironment, memory: dict[tuple[str, ...], Look]
) -> Callable[[], Rig]:
    """Return what makes a rig: the scene as it was, the arm at home, a gate of its own."""
    return lambda: Rig(environment, memory)


@pytest.fixture
def rig(new_rig: Callable[[], Rig]) -> Rig:
    return new_rig()
