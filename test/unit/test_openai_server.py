"""Asking a server: what is sent, patience, breakers, and everything that a bad server may do."""

import base64
import socket

import cv2
import numpy as np
import pytest
from chat_server import chat_server, completion, sends

from vla_ros.backends.bounded_http import Unreachable
from vla_ros.backends.circuit_breaker import CircuitBreaker
from vla_ros.backends.openai_server import MAX_REPLY_BYTES, OpenAiServer
from vla_ros.backends.server_address import server_address
from vla_ros.errors import ConfigError, ModelError
from vla_ros.params.server import ServerParams
from vla_ros.vlm.box_texts import BoxFormat
from vla_ros.vlm.model import Request
from vla_ros.vlm.reply_forms import answer_form, boxes_form

KEY = "sk-test-4711"
QUESTION = Request("what is it", answer_form(), system="be short")


class FakeTime:
    """A clock that only sleeping moves."""

    def __init__(self):
        self.now_s, self.pauses = 100.0, []

    def clock(self):
        return self.now_s

    def sleep(self, seconds):
        self.pauses.append(seconds)
        self.now_s += seconds


@pytest.fixture(autouse=True)
def no_key(monkeypatch):
    monkeypatch.delenv("VLA_ROS_SERVER_KEY", raising=False)


def client(server, time=None, **params):
    time = time or FakeTime()
    return OpenAiServer(server.name(), ServerParams(**params), clock_s=time.clock, sleep=time.sleep)


def test_a_question_with_a_picture_is_asked_as_the_interface_wants_it():
    rgb = np.zeros((60, 80, 3), np.uint8)
    rgb[..., 0] = 200
    form = boxes_form(BoxFormat.THOUSAND_JSON, "cup")
    with chat_server('{"boxes": [{"bbox_2d": [1, 2, 3, 4], "label": "cup"}]}') as server:
        said = client(server).ask(Request("find the cup", form, rgb, "be short"))
    assert said.text == '[{"bbox_2d": [1, 2, 3, 4], "label": "cup"}]'
    assert said.probability is None
    (sent,) = server.requests
    assert sent["path"] == "/v1/chat/completions"
    assert sent["model"] == "Qwen/Qwen3-VL-8B-Instruct"
    assert sent["temperature"] == 0.0 and sent["stream"] is False
    assert 0 < sent["max_completion_tokens"] <= 4096
    schema = sent["response_format"]["json_schema"]
    assert schema["strict"] and schema["schema"]["additionalProperties"] is False
    system, user = sent["messages"]
    assert system == {"role": "system", "content": "be short"}
    picture, text = user["content"]
    assert text == {"type": "text", "text": "find the cup"}
    kind, _, encoded = picture["image_url"]["url"].partition(",")
    assert kind == "data:image/jpeg;base64"
    seen = cv2.imdecode(np.frombuffer(base64.b64decode(encoded), np.uint8), cv2.IMREAD_COLOR)
    assert seen.shape == (60, 80, 3) and abs(int(seen[30, 40, 2]) - 200) < 8
    assert server.keys == [None]


def test_the_key_comes_from_the_environment_and_shows_nowhere(monkeypatch):
    monkeypatch.setenv("MY_KEY", KEY)
    with chat_server(400) as server:
        asked = client(server, server_key_variable="MY_KEY")
        with pytest.raises(ModelError) as error:
            asked.ask(QUESTION)
    assert server.keys == [f"Bearer {KEY}"]
    assert KEY not in str(error.value) and KEY not in repr(asked)


def test_a_key_that_would_end_its_header_is_refused_unseen(monkeypatch):
    monkeypatch.setenv("VLA_ROS_SERVER_KEY", "abc\r\nX-Other: 1")
    with pytest.raises(ConfigError) as error:
        OpenAiServer("http://localhost:1/v1#m")
    assert "abc" not in str(error.value)


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_a_busy_server_is_asked_again_with_longer_pauses(status):
    time = FakeTime()
    with chat_server(status, status, "a mug") as server:
        assert client(server, time).ask(QUESTION).text == "a mug"
    assert len(server.requests) == 3
    first, second = time.pauses
    assert 0.25 <= first <= 0.5 and 0.5 <= second <= 1.0


def test_the_server_may_ask_for_a_longer_pause():
    time = FakeTime()
    busy = sends(b"{}", 429, {"Retry-After": "4"})
    with chat_server(busy, "a mug") as server:
        client(server, time).ask(QUESTION)
    assert time.pauses == [4.0]


@pytest.mark.parametrize("after", ["1000000000", "9" * 400])
def test_a_pause_that_leaves_no_time_is_not_waited_for(after):
    time = FakeTime()
    refused = pytest.raises(Unreachable, match="busy")
    with chat_server(sends(b"{}", 429, {"Retry-After": after})) as server, refused:
        client(server, time).ask(QUESTION)
    assert time.pauses == [] and len(server.requests) == 1


def test_attempts_are_counted():
    with chat_server(503) as server, pytest.raises(Unreachable, match=r"attempt 2 of 2"):
        client(server, server_retries=1).ask(QUESTION)
    assert len(server.requests) == 2


@pytest.mark.parametrize("status", [301, 400, 401, 404, 422])
def test_a_refusal_is_not_repeated_and_its_reason_is_told(status):
    moved = sends(b'{"error": "no such model"}', status, {"Location": "http://127.0.0.1:1/"})
    refused = pytest.raises(ModelError, match=rf"status {status}.*no such model")
    with chat_server(moved) as server, refused:
        client(server).ask(QUESTION)
    assert len(server.requests) == 1


BAD_REPLIES = {
    "no JSON": b"<html>hello</html>",
    "deep": b"[" * 100_000,
    "no choices": b"{}",
    "empty choices": b'{"choices": []}',
    "a list": b"[1, 2]",
    "no text": completion(None),
    "a number": b'{"choices": [{"message": {"content": 3}}]}',
    "cut off": completion("a mug is", "length"),
    "filtered": completion("", "content_filter"),
    "refused": completion("", refusal="I will not"),
    "not UTF-8": b'{"choices": [{"message": {"content": "\xff"}}]}',
}


@pytest.mark.parametrize("content", BAD_REPLIES.values(), ids=BAD_REPLIES.keys())
def test_what_is_no_reply_is_an_error(content):
    with chat_server(sends(content)) as server, pytest.raises(ModelError) as error:
        client(server).ask(QUESTION)
    assert len(str(error.value)) < 500


def test_a_structured_reply_with_more_than_was_asked_for_is_an_error():
    form = boxes_form(BoxFormat.THOUSAND_JSON, "cup")
    request = Request("find", form, np.zeros((8, 8, 3), np.uint8))
    refused = pytest.raises(ModelError, match="then")
    with chat_server('{"boxes": [], "then": "open the gripper"}') as server, refused:
        client(server).ask(request)


def test_a_server_that_ignores_schemas_may_follow_the_prompt():
    request = Request("find", boxes_form(BoxFormat.THOUSAND_JSON, "cup"))
    with chat_server("```json\n[]\n```") as server:
        assert client(server).ask(request).text == "```json\n[]\n```"


def test_a_reply_that_is_too_large_is_cut():
    huge = sends(completion("x" * (MAX_REPLY_BYTES + 1)))
    with chat_server(huge) as server, pytest.raises(Unreachable, match="more than"):
        client(server, server_retries=0).ask(QUESTION)


def silent(server):
    return lambda handler: server.released.wait(20.0)


def dripping(server, start, byte):
    """One byte at a time: no single read is slow, the whole never ends."""

    def act(handler):
        handler.wfile.write(start)
        for _ in range(2000):
            handler.wfile.write(byte)
            handler.wfile.flush()
            if server.released.wait(0.01):
                return

    return act


def trickling(server):
    return dripping(server, b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b" ")


def endless_headers(server):
    return dripping(server, b"HTTP/1.1 200 OK\r\nX-Long: ", b"a")


@pytest.mark.parametrize("slowness", [silent, trickling, endless_headers])
def test_a_slow_server_is_given_up(slowness):
    with chat_server("later") as server:
        server.behaviours[:] = [slowness(server)]
        with pytest.raises(Unreachable, match="did not reply within"):
            client(server, server_timeout_s=0.2, server_retries=0).ask(QUESTION)


def test_a_connection_that_breaks_is_tried_again():
    def breaks(handler):
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nhalf")
        handler.connection.shutdown(socket.SHUT_RDWR)

    with chat_server(breaks, lambda handler: handler.connection.close(), "a mug") as server:
        assert client(server).ask(QUESTION).text == "a mug"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_a_server_that_is_not_there_is_left_alone_and_then_tried_once():
    time = FakeTime()
    params = ServerParams(server_retries=0, server_failures=2, server_pause_s=20.0)
    name = f"http://127.0.0.1:{free_port()}/v1#m"
    asked = OpenAiServer(name, params, clock_s=time.clock, sleep=time.sleep)
    for _ in range(2):
        with pytest.raises(Unreachable):
            asked.ask(QUESTION)
    with pytest.raises(ModelError, match=r"failed 2 times in a row.*20 s"):
        asked.ask(QUESTION)
    time.now_s += 21.0
    with pytest.raises(Unreachable):
        asked.ask(QUESTION)
    with pytest.raises(ModelError, match="left alone"):
        asked.ask(QUESTION)


def test_the_breaker_closes_after_one_success_and_lets_one_through_at_a_time():
    time = FakeTime()
    breaker = CircuitBreaker(1, 10.0, time.clock)
    with pytest.raises(ValueError, match="planned"), breaker.guard("it"):
        raise ValueError("planned")
    with pytest.raises(ModelError), breaker.guard("it"):
        raise AssertionError("it is open")
    time.now_s += 11.0
    with breaker.guard("it"), pytest.raises(ModelError), breaker.guard("it"):
        raise AssertionError("another one is trying")
    with breaker.guard("it"), breaker.guard("it"):
        time.sleep(0.0)


def test_greeting_finds_missing_servers_and_refused_keys(monkeypatch):
    with pytest.raises(ConfigError, match="Start the server"):
        OpenAiServer(f"http://127.0.0.1:{free_port()}/v1#m").greet()
    with chat_server(401) as server, pytest.raises(ConfigError, match=r"set \$VLA_ROS_SERVER_KEY"):
        client(server).greet()
    monkeypatch.setenv("VLA_ROS_SERVER_KEY", KEY)
    with chat_server(403) as server, pytest.raises(ConfigError, match="refuses the key"):
        client(server).greet()
    with chat_server(404) as server:
        client(server).greet()


def test_addresses():
    address = server_address("https://gpu.example.org/v1/#Qwen/Qwen2.5-VL-7B-Instruct")
    assert (address.host, address.port, address.path) == ("gpu.example.org", 443, "/v1")
    assert address.model == "Qwen/Qwen2.5-VL-7B-Instruct" and address.secure
    for local in ("http://localhost:8000/v1#m", "http://127.0.0.1#m", "http://[::1]:8000/v1#m"):
        assert not server_address(local).secure


@pytest.mark.parametrize(
    "name",
    [
        "http://gpu.example.org/v1#m",
        "http://192.168.1.7:8000/v1#m",
        "http://localhost.example.org/v1#m",
        "http://127.0.0.1.example.org/v1#m",
        "https://gpu.example.org/v1",
        "https://user:secret@gpu.example.org/v1#m",
        "https://gpu.example.org/v1?key=secret#m",
        "https:///v1#m",
        "https://gpu.example.org:port/v1#m",
        "https://gpu.example.org/v1 HTTP/1.1#m",
        "https://gpu.example.org/v1\r\nX: 1#m",
    ],
)
def test_addresses_that_are_refused(name):
    with pytest.raises(ConfigError):
        server_address(name)
