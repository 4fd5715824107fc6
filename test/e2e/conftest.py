"""One simulator for all tests that run in this process: compiling and OpenGL are slow to start."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from tabletop_rig import FaultyEnvironment, Rig

from vla_ros.types import Look

if TYPE_CHECKING:
    from vla_ros.ros.onlooker import Onlooker
    from vla_ros.ros.process_graph import ProcessGraph


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


@pytest.fixture(scope="session")
def graph(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProcessGraph]:
    """One graph of processes for all tests that need one."""
    from process_rig import DOMAIN, start

    with start(tmp_path_factory.mktemp("logs"), DOMAIN) as running:
        running.wait_ready()
        yield running


@pytest.fixture(scope="session")
def onlooker(graph: ProcessGraph) -> Iterator[Onlooker]:
    from process_rig import ARM_JOINTS, DOMAIN

    from vla_ros.ros.onlooker import Onlooker

    with closing(Onlooker(ARM_JOINTS, DOMAIN)) as made:
        made.wait_ready()
        yield made


@pytest.fixture
def fresh(onlooker: Onlooker) -> Onlooker:
    """The scene as it was, whatever the test before has done to it."""
    from process_rig import OBJECTS, PACE, SEED

    onlooker.pace(PACE)
    onlooker.client.reset(SEED, OBJECTS)
    return onlooker
