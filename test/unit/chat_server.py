"""A small HTTP server that speaks OpenAI's chat completions, well or badly."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class ChatServer:
    """What it was sent, and what it does next: one behaviour for each request, the last for ever.

    A behaviour is a text (a good reply), a status, or a function of the request handler.
    """

    behaviours: list[Any]
    port: int = 0
    requests: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)

    def name(self, model: str = "Qwen/Qwen3-VL-8B-Instruct") -> str:
        return f"http://127.0.0.1:{self.port}/v1#{model}"


@contextmanager
def chat_server(*behaviours: Any) -> Iterator[ChatServer]:
    state = ChatServer(list(behaviours))
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(state))
    state.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield state
    finally:
        state.released.set()
        server.shutdown()
        server.server_close()
        thread.join()


def completion(text: str | None, finish_reason: str = "stop", **more: Any) -> bytes:
    message = {"role": "assistant", "content": text, **more}
    choice = {"index": 0, "message": message, "finish_reason": finish_reason, "logprobs": None}
    reply = {"id": "x", "object": "chat.completion", "choices": [choice], "usage": {"a": 1}}
    return json.dumps(reply).encode()


def sends(
    content: bytes, status: int = 200, headers: dict[str, str] | None = None
) -> Callable[[BaseHTTPRequestHandler], None]:
    def act(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in (headers or {}).items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)

    return act


def _handler(state: ChatServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.keys.append(self.headers.get("Authorization"))
            self._act()

        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            state.requests.append({"path": self.path, **json.loads(self.rfile.read(length))})
            state.keys.append(self.headers.get("Authorization"))
            self._act()

        def _act(self) -> None:
            behaviour = state.behaviours[0]
            if len(state.behaviours) > 1:
                state.behaviours.pop(0)
            if isinstance(behaviour, str):
                behaviour = sends(completion(behaviour))
            elif isinstance(behaviour, int):
                behaviour = sends(b'{"error": "planned"}', behaviour)
            try:
                behaviour(self)
            except OSError:
                return  # The client has gone.

        def log_message(self, format: str, *args: Any) -> None:
            return

    return Handler
