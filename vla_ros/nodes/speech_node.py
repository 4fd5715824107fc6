"""Hears instructions and stops, and speaks what the robot replies."""

from __future__ import annotations

import json
import sys
from typing import Any

import numpy as np
from rclpy.node import Node
from std_msgs.msg import Bool, Empty, String
from vision_msgs.msg import Detection3DArray

from vla_ros.params import ModelParams, RecognizerParams, ServerParams, SpeechParams
from vla_ros.ros import qos
from vla_ros.ros.diagnostics import Diagnostics
from vla_ros.ros.parameters import NodeParameters
from vla_ros.ros.running import run_node
from vla_ros.ros.sound import open_source, open_voice
from vla_ros.speech.dialogue import Reaction
from vla_ros.speech.listener import SpeechListener
from vla_ros.speech.stop_spotter import StopSpotter
from vla_ros.speech.understanding import Understood
from vla_ros.speech.voice_detection import create_detector
from vla_ros.speech.worker import TranscriberProcess


class SpeechNode(Node):
    """Gives sound to the stop spotter and to the listener, and publishes what they hear."""

    def __init__(self, **options: Any) -> None:
        super().__init__("speech", **options)
        kinds = (SpeechParams, RecognizerParams, ModelParams, ServerParams)
        self._settings = NodeParameters(self, kinds)
        params = self._settings.get(SpeechParams)
        self._instruction = self.create_publisher(String, "instruction", qos.EVENT)
        self._stop = self.create_publisher(Empty, "stop", qos.EVENT)
        self._heard = self.create_publisher(String, "heard", qos.EVENT)
        self._speaking = self.create_publisher(Bool, "speaking", qos.STATUS)
        self._diagnostics = Diagnostics(self, "speech")
        # Before anything slow: the source fails at once where there is no microphone.
        self._source = open_source(self, params, self._on_sound, self._on_end)
        self._spotter = self._make_spotter(params)
        self._transcriber = TranscriberProcess(*map(self._settings.get, kinds[1:]))
        for sentence in self._transcriber.announced:
            self.get_logger().warning(sentence)
        self._diagnostics.fact("recognizer", self._transcriber.name)
        self._listener = SpeechListener(
            params,
            self._settings.get(RecognizerParams),
            create_detector(params.voice_detector),
            self._transcriber,
            self._on_heard,
            self._on_error,
        )
        self._voice = open_voice(self, params, self._on_speaking)
        self._speaking.publish(Bool(data=False))
        if self._transcriber.announced:
            self._say("I use the small recogniser, so please speak clearly.")
        self.create_subscription(String, "reply", self._on_reply, qos.EVENT)
        self.create_subscription(Detection3DArray, "targets", self._on_targets, qos.STATUS)
        self.create_subscription(Bool, "push_to_talk", self._on_push, qos.EVENT)
        self._source.start()
        self.get_logger().info(f"listening ({params.listening}) with {self._transcriber.name}")

    def close(self) -> None:
        """End the source, the voice and the recogniser."""
        self._source.close()
        if self._voice is not None:
            self._voice.close()
        self._transcriber.close()
        self._listener.close()

    def _make_spotter(self, params: SpeechParams) -> StopSpotter | None:
        if not params.stop_spotter:
            self.get_logger().warning("the stop spotter is off: a spoken stop takes its time")
            return None
        return StopSpotter.create(params.stop_sensitivity)

    def _on_sound(self, samples: np.ndarray) -> None:
        """Take 16 kHz sound from the source's thread; the spotter comes first."""
        word = self._spotter.hear(samples) if self._spotter is not None else None
        if word is not None:
            self._stop_now(word)
        self._listener.hear(samples)

    def _on_end(self) -> None:
        self._listener.finish()

    def _stop_now(self, word: str) -> None:
        self._stop.publish(Empty())
        self._diagnostics.count("stop")
        self.get_logger().warning(f"heard '{word}': stopping")
        if self._voice is not None:
            self._voice.interrupt()

    def _on_heard(self, understood: Understood, reaction: Reaction) -> None:
        self._diagnostics.fault("recognition", "")
        self._heard.publish(String(data=json.dumps(understood.to_json())))
        if reaction.stop:
            self._stop_now(understood.text)
        if reaction.instruction is not None:
            self._instruction.publish(String(data=reaction.instruction))
        if reaction.say is not None:
            self._say(reaction.say)

    def _on_error(self, reason: str) -> None:
        self._diagnostics.fault("recognition", reason)
        self.get_logger().error(reason)
        self._say("Sorry, I could not hear that.")

    def _on_reply(self, msg: String) -> None:
        if msg.data.rstrip().endswith("?"):
            self._listener.asked()
        self._say(msg.data)

    def _on_targets(self, msg: Detection3DArray) -> None:
        results = (result for detection in msg.detections for result in detection.results)
        self._listener.see(result.hypothesis.class_id for result in results)

    def _on_push(self, msg: Bool) -> None:
        self._listener.push(msg.data)

    def _on_speaking(self, speaking: bool) -> None:
        self._listener.mute(speaking)
        self._speaking.publish(Bool(data=speaking))

    def _say(self, text: str) -> None:
        if self._voice is not None:
            self._voice.say(text)


def main() -> None:
    """Run the node."""
    sys.exit(run_node(SpeechNode))


if __name__ == "__main__":
    main()
