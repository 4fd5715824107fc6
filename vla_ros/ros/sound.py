"""Where a node's sound comes from and goes to, as its parameters say."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import numpy as np
from rclpy.node import Node
from std_msgs.msg import Int16MultiArray

from vla_ros.errors import VlaRosError
from vla_ros.params import SpeechParams
from vla_ros.ros import qos
from vla_ros.speech.audio import SPEECH_RATE_HZ, clip_of_pcm16, read_wav
from vla_ros.speech.devices import Loudspeaker, Microphone
from vla_ros.speech.recorded_source import RecordedSource
from vla_ros.speech.speaking import SpeechQueue
from vla_ros.speech.voices import create_voice

OnSound = Callable[[np.ndarray], None]
MAX_BLOCK_S = 2.0


class Source(Protocol):
    """Something that sound comes from."""

    def start(self) -> None:
        """Begin."""
        ...

    def close(self) -> None:
        """End."""
        ...


class TopicSource:
    """Sound from the topic `audio`: 16-bit samples of one channel."""

    def __init__(self, node: Node, rate_hz: int, on_sound: OnSound) -> None:
        """Prepare; nothing comes before `start`."""
        self._node, self._rate_hz, self._on_sound = node, rate_hz, on_sound

    def start(self) -> None:
        """Subscribe."""
        self._subscription = self._node.create_subscription(
            Int16MultiArray, "audio", self._on_audio, qos.EVENT
        )

    def close(self) -> None:
        """Take no more: the subscription ends with its node."""
        self._on_sound = lambda _: None

    def _on_audio(self, msg: Int16MultiArray) -> None:
        samples = np.array(msg.data, np.int16)
        if not 0 < len(samples) <= MAX_BLOCK_S * self._rate_hz:
            self._node.get_logger().warning(
                f"audio of {len(samples)} samples is not taken: send blocks of up to "
                f"{MAX_BLOCK_S:.0f} s",
                throttle_duration_sec=5.0,
            )
            return
        self._on_sound(clip_of_pcm16(samples, self._rate_hz).at_rate(SPEECH_RATE_HZ).samples)


def open_source(
    node: Node, params: SpeechParams, on_sound: OnSound, on_end: Callable[[], None]
) -> Source:
    """Return the source that the parameters name.

    Raises:
        ConfigError: There is no such microphone.
        SpeechError: The recording cannot be read.
    """
    if params.audio_source == "microphone":
        return Microphone(params.microphone, on_sound)
    if params.audio_source == "topic":
        return TopicSource(node, params.audio_rate_hz, on_sound)
    return RecordedSource(read_wav(Path(params.audio_source)), on_sound, on_end)


def open_voice(
    node: Node, params: SpeechParams, on_speaking: Callable[[bool], None]
) -> SpeechQueue | None:
    """Return what speaks, or None where nothing is to, or can: that is said, but no error."""
    if params.voice == "none":
        return None
    try:
        voice = create_voice(params.voice, params.voice_name, params.voice_speed)
        loudspeaker = Loudspeaker(params.loudspeaker)
    except VlaRosError as error:
        node.get_logger().warning(f"replies are not spoken: {error}")
        return None

    def warn(reason: str) -> None:
        node.get_logger().warning(f"not spoken: {reason}", throttle_duration_sec=5.0)

    return SpeechQueue(voice, loudspeaker, on_speaking, warn)
