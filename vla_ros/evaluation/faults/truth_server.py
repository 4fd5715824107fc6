"""A model server that answers from the simulator's truth: what a remote model is scored with.

It speaks OpenAI's chat completions, as vLLM does, and answers the prompt that asks for boxes. So
everything between the robot and a server is the real thing; only what it says is the truth.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np

from vla_ros.errors import VlaRosError
from vla_ros.perception.oracle import OracleGrounder
from vla_ros.sim.environment import ObjectTruth
from vla_ros.types import CameraFrame
from vla_ros.vlm.prompts import prompt

MODEL = "truth"
"""Its model's name: one that is asked for boxes with numbers from 0 to 1000."""

_WHOLE = 1000.0
_PHRASE = "PHRASE"
_ASKED = re.compile(
    re.escape(prompt("detect_thousand", phrase=_PHRASE)).replace(_PHRASE, "(.+)"), re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Sight:
    """What the server knows of the picture that it is shown.

    Attributes:
        frame: The picture; its depth says what is hidden.
        T_base_camera: (4, 4) where the camera was.
        truth: Ground truth then.
    """

    frame: CameraFrame
    T_base_camera: np.ndarray
    truth: Mapping[str, ObjectTruth]


class TruthServer:
    """Serves on a port of this machine.

    Attributes:
        port: The port.
    """

    def __init__(self, sight: Callable[[], Sight], answer_s: float = 0.0) -> None:
        """Start.

        Args:
            sight: What is seen now; called on the server's threads.
            answer_s: How long it takes to answer [s].
        """
        self._sight, self._answer_s = sight, answer_s
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self._reply))
        self._server.daemon_threads = True
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _reply(self, request: Any) -> tuple[int, Any]:
        """Return the status of a chat completion, and what is sent."""
        try:
            asked = _ASKED.fullmatch(request["messages"][-1]["content"][-1]["text"])
        except (LookupError, TypeError):
            return 400, {"error": "this is no question with a picture"}
        if asked is None:
            return 400, {"error": "only the prompt for boxes from 0 to 1000 is known here"}
        try:
            boxes = self._boxes(asked.group(1))
        except VlaRosError as error:
            return 503, {"error": str(error)}
        time.sleep(self._answer_s)
        message = {"role": "assistant", "content": json.dumps({"boxes": boxes})}
        return 200, {"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}

    def _boxes(self, phrase: str) -> list[dict[str, Any]]:
        sight = self._sight()
        grounder = OracleGrounder(lambda: sight.truth, lambda: sight.T_base_camera)
        height, width = sight.frame.rgb.shape[:2]
        scale = _WHOLE / np.array([width, height, width, height])
        return [
            {"bbox_2d": np.round(found.box_px * scale, 2).tolist(), "label": phrase}
            for found in grounder.ground(sight.frame, [phrase])
        ]


def _handler(reply: Callable[[Any], tuple[int, Any]]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._send(200, {"object": "list", "data": [{"id": MODEL, "object": "model"}]})

        def do_POST(self) -> None:
            try:
                request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            except (OSError, ValueError, TypeError):
                return  # the network dropped in the middle of it
            self._send(*reply(request))

        def _send(self, status: int, value: Any) -> None:
            content = json.dumps(value).encode()
            try:
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)
            except OSError:
                return  # who asked has gone

        def log_message(self, format: str, *args: Any) -> None:
            return

    return Handler
