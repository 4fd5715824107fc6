"""The speech node in a graph: what it has, hears and says, and how it fails."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from rclpy.parameter import Parameter
from std_msgs.msg import Empty, Int16MultiArray, String
from test_node_tables import COMMON, OF_SIMULATED_TIME, documented

from vla_ros.errors import ConfigError, SpeechError
from vla_ros.ros import qos
from vla_ros.speech.audio import read_wav

pytest.importorskip("pocketsphinx")
pytest.importorskip("faster_whisper")
pytestmark = pytest.mark.skipif(
    shutil.which("espeak-ng") is None, reason="espeak-ng is not installed"
)


@pytest.fixture
def speech_node(graph):
    from vla_ros.nodes.speech_node import SpeechNode

    def make(**values):
        settings = {
            "speech_recognizer": "sphinx",
            "audio_source": "topic",
            "voice": "none",
            "recognition_timeout_s": 100.0,
            **values,
        }
        return SpeechNode(
            context=graph.context,
            parameter_overrides=[Parameter(name, value=v) for name, v in settings.items()],
        )

    return make


def spoken(text, path):
    """Speech as 16 kHz 16-bit samples between silences."""
    subprocess.run(["espeak-ng", "-v", "en-us", "-s", "150", "-w", str(path), text], check=True)
    samples = np.frombuffer(read_wav(path).at_rate().pcm16(), "<i2")
    return np.concatenate([np.zeros(16000, "<i2"), samples, np.zeros(16000, "<i2")])


def has(node):
    kinds = (
        ("publishes", node.get_publisher_names_and_types_by_node),
        ("takes", node.get_subscriber_names_and_types_by_node),
    )
    found = {
        (kind, name[1:], re.sub("/(msg|srv)/", "/", types[0]))
        for kind, listed in kinds
        for name, types in listed("speech", "/")
        if not COMMON.search(name)
    }
    return found - {OF_SIMULATED_TIME}


def test_a_stop_and_a_command_are_heard_and_the_table_holds(graph, until, speech_node, tmp_path):
    node = graph.add(speech_node(act_confidence=0.0, ask_confidence=0.0))
    assert has(node) == documented("speech")
    person = graph.node("person")
    stops, instructions, heard = [], [], []
    person.create_subscription(Empty, "stop", stops.append, qos.EVENT)
    person.create_subscription(String, "instruction", instructions.append, qos.EVENT)
    person.create_subscription(String, "heard", heard.append, qos.EVENT)
    microphone = person.create_publisher(Int16MultiArray, "audio", qos.EVENT)
    assert until(lambda: microphone.get_subscription_count() and node.count_subscribers("stop"))
    for block in np.array_split(spoken("put the red cube in the bowl", tmp_path / "a.wav"), 10):
        microphone.publish(Int16MultiArray(data=block.tolist()))
    assert until(lambda: instructions)
    assert instructions[0].data == "put the red cube in the bowl"
    assert json.loads(heard[0].data)["rejected"] is None
    assert not stops
    for block in np.array_split(spoken("stop", tmp_path / "b.wav"), 5):
        microphone.publish(Int16MultiArray(data=block.tolist()))
    assert until(lambda: stops)


def test_what_cannot_be_listened_to_is_named(speech_node, tmp_path):
    (tmp_path / "empty.wav").touch()
    with pytest.raises(SpeechError, match="is empty"):
        speech_node(audio_source=str(tmp_path / "empty.wav"))
    if not Path("/dev/snd").exists():
        with pytest.raises(ConfigError, match=r"no microphone|PortAudio library not found"):
            speech_node(audio_source="microphone")
