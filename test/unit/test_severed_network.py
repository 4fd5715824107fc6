"""A network that drops between a real client and a real server: refused, silent, and in between."""

from __future__ import annotations

import socket
import socketserver
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import suppress

import numpy as np
import pytest
from perception_scenes import T_BASE_CAMERA, Floor, K, box_of, cast, pose_z
from perception_scenes import Box as Shape

from vla_ros.errors import ConfigError, ModelError, TerminationReason
from vla_ros.evaluation.faults.link import Cut, Link
from vla_ros.evaluation.faults.network import asked_in_vain, is_about_network
from vla_ros.evaluation.faults.remote_truth import RemoteModel, RemoteTruth
from vla_ros.evaluation.faults.truth_server import Sight
from vla_ros.evaluation.runners import RunnerSpec
from vla_ros.evaluation.suites import load_suite
from vla_ros.params import ServerParams
from vla_ros.perception.relations import overlap
from vla_ros.registry import create_grounder
from vla_ros.sim.environment import ObjectTruth
from vla_ros.types import CameraFrame, Outcome

SOON_S = 0.3
LIMIT_S = 30.0
PATIENCE = ServerParams(server_timeout_s=5.0, server_retries=0, server_pause_s=0.1)
CUBE = ObjectTruth(
    "red_cube_1",
    "cube",
    "red",
    ("red cube", "cube"),
    pose_z([0.5, 0.0, 0.025]),
    np.full(3, 0.05),
)


class Echo(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        with suppress(ConnectionError):
            while piece := self.request.recv(100):
                self.request.sendall(piece)


@pytest.fixture
def link() -> Iterator[Link]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Echo) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        made = Link(server.server_address[1])
        yield made
        made.close()
        server.shutdown()


def connected(link: Link, timeout_s: float = LIMIT_S) -> socket.socket:
    return socket.create_connection(("127.0.0.1", link.port), timeout_s)


def echoed(end: socket.socket, sent: bytes) -> bytes:
    end.sendall(sent)
    return end.recv(len(sent))


def test_a_whole_link_carries_both_ways_to_the_end(link):
    with connected(link) as end:
        assert echoed(end, b"one") == b"one"
        end.shutdown(socket.SHUT_WR)
        assert end.recv(1) == b""


def test_a_refused_link_resets_what_is_connected_and_lets_nothing_in(link):
    with connected(link) as end:
        assert echoed(end, b"one") == b"one"
        link.cut(Cut.REFUSED)
        with pytest.raises(ConnectionResetError):
            end.recv(1)
    with pytest.raises(ConnectionRefusedError):
        connected(link)


def test_a_silent_link_carries_nothing_until_it_is_mended(link):
    with connected(link) as end:
        assert echoed(end, b"one") == b"one"
        link.cut(Cut.SILENT)
        end.settimeout(SOON_S)
        with pytest.raises(TimeoutError):
            echoed(end, b"two")
        with pytest.raises(TimeoutError):
            connected(link, SOON_S)
        link.restore()
        end.settimeout(LIMIT_S)
        assert end.recv(3) == b"two"


@pytest.mark.parametrize("way", Cut)
def test_a_mended_link_is_where_it_was(link, way):
    port = link.port
    link.cut(way)
    link.restore()
    with connected(link) as end:
        assert link.port == port and echoed(end, b"one") == b"one"


def sight() -> tuple[Sight, np.ndarray]:
    """Return a cube on a table as a server knows it, and the box of its pixels."""
    depth_m, owner = cast([Floor(), Shape(CUBE.T_base_object, CUBE.extent_m)])
    frame = CameraFrame(np.zeros((*depth_m.shape, 3), np.uint8), depth_m, K, "optical", 1)
    return Sight(frame, T_BASE_CAMERA, {CUBE.name: CUBE}), box_of(owner == 1)


@pytest.fixture
def served() -> Iterator[RemoteTruth]:
    made = RemoteTruth(PATIENCE)
    yield made
    made.close()


class Seen:
    """A world of which only the truth is used."""

    def T_base_camera(self, _camera: str) -> np.ndarray:
        return T_BASE_CAMERA

    def truth(self) -> dict[str, ObjectTruth]:
        return {CUBE.name: CUBE}


def test_the_truth_comes_through_the_real_client(served):
    known, box_px = sight()
    waits: list[float] = []
    served.begin(Seen(), "front", waits.append)
    (found,) = served.ground(known.frame, ["red cube", "banana"])
    assert found.phrase == "red cube" and overlap(found.box_px, box_px) > 0.75
    assert len(waits) == 1 and waits[0] > 0.0


@pytest.mark.parametrize(
    ("way", "words"), [(Cut.REFUSED, "server .* cannot be reached"), (Cut.SILENT, "did not reply")]
)
def test_a_client_says_how_its_server_is_lost_and_finds_it_again(served, way, words):
    known, _ = sight()
    waits: list[float] = []
    served.begin(Seen(), "front", waits.append)
    served.link.cut(way)
    with pytest.raises(ModelError, match=words):
        served.ground(known.frame, ["red cube"])
    assert len(waits) == 1, "failures take their time, too"
    served.link.restore()
    assert len(served.ground(known.frame, ["red cube"])) == 1


@pytest.mark.parametrize(("way", "words"), [(Cut.REFUSED, "cannot be"), (Cut.SILENT, "did not")])
def test_a_network_may_drop_in_the_middle_of_an_answer(way, words):
    known, _ = sight()

    def dropping() -> Sight:
        remote.link.cut(way)
        return known

    remote = RemoteModel(dropping)
    asked = create_grounder(remote.name, servers=PATIENCE)
    with pytest.raises(ModelError, match=words):
        asked.ground(known.frame, ["red cube"])
    remote.close()


@pytest.mark.parametrize("body", [b'{"messages": [{"content": "x"}]}', b"[]", b"{}"])
def test_the_server_answers_nothing_but_what_it_knows(body):
    remote = RemoteModel(lambda: sight()[0])
    url = remote.name.partition("#")[0] + "/chat/completions"
    with pytest.raises(urllib.error.HTTPError, match="400"):
        urllib.request.urlopen(url, body, LIMIT_S)
    remote.close()


def asked(*messages: str, every_s: float) -> str:
    """Ask in vain; a robot says these one after the other, with so much time in between."""
    left, now_s = list(messages), 0.0

    def instruct(_text: str) -> Outcome:
        message = left.pop(0)
        done = TerminationReason.SUCCEEDED if message == "Done." else TerminationReason.MODEL_ERROR
        return Outcome(done, message)

    def clock_s() -> float:
        nonlocal now_s
        now_s += every_s
        return now_s

    return asked_in_vain(instruct, "bowl", ServerParams(server_pause_s=20.0), clock_s)


LOST, ALONE = "It cannot be reached.", "It is left alone for another 9 s."


def test_a_server_must_be_left_alone_after_so_many_failures():
    assert asked(LOST, ALONE, every_s=1.0) == asked(LOST, LOST, LOST, ALONE, every_s=1.0) == ""
    assert "once more" in asked(*[LOST] * 4, every_s=1.0)
    assert "without a model" in asked(LOST, "Done.", every_s=1.0)


def test_nothing_can_be_said_where_the_pause_is_over_each_time():
    assert asked(*[LOST] * 4, every_s=30.0) == ""


def test_only_the_truth_stands_behind_the_network():
    network, others = load_suite("faults_network"), load_suite("faults")
    assert is_about_network(RunnerSpec(network, "oracle", in_process=True))
    assert not is_about_network(RunnerSpec(others, "default", in_process=True))
    with pytest.raises(ConfigError, match="--backend oracle"):
        is_about_network(RunnerSpec(network, "default", in_process=True))
