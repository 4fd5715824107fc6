"""Listening, speaking and recognising over time: threads, processes, and what goes wrong."""

import json
import os
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import ClassVar

import numpy as np
import pytest
from speech_fakes import LoudnessDetector, ScriptedTranscriber, needs_espeak, silence, spoken, tone

from vla_ros.errors import ConfigError, SpeechError
from vla_ros.params.speech import RecognizerParams, SpeechParams
from vla_ros.speech.audio import AudioClip
from vla_ros.speech.kokoro import kokoro_files
from vla_ros.speech.listener import SpeechListener
from vla_ros.speech.recognizers import create_transcriber
from vla_ros.speech.served import ServedTranscriber, heard
from vla_ros.speech.speaking import SpeechQueue, without_stop_words
from vla_ros.speech.stop_network import STOP_WORDS
from vla_ros.speech.stop_spotter import StopSpotter
from vla_ros.speech.vocabulary import Vocabulary
from vla_ros.speech.voices import create_voice, short_name, speakable

WAIT_S = 60.0


class Ears:
    """A listener whose recogniser hears what it is told to."""

    def __init__(self, *texts, confidence=0.9, **speech):
        self.heard, self.errors, self.came = [], [], threading.Semaphore(0)
        self.transcriber = ScriptedTranscriber(*texts, confidence=confidence)
        self.listener = SpeechListener(
            SpeechParams(**speech), RecognizerParams(), LoudnessDetector(), self.transcriber,
            self._on_heard, self.errors.append,
        )  # fmt: skip

    def _on_heard(self, understood, reaction):
        self.heard.append((understood, reaction))
        self.came.release()

    def say(self):
        self.listener.hear(np.concatenate([tone(0.6), silence(1.0)]))

    def instructions(self):
        self.listener.close()
        return [reaction.instruction for _, reaction in self.heard]


def test_a_command_becomes_an_instruction():
    ears = Ears("pick up the red cube")
    ears.say()
    assert ears.instructions() == ["pick up the red cube"]


def test_what_was_seen_may_be_named():
    for seen, done in (([], None), (["green teapot"], "pick up the teapot")):
        ears = Ears("pick up the teapot")
        ears.listener.see(seen)
        ears.say()
        assert ears.instructions() == [done]


def test_silence_reaches_no_recognizer():
    ears = Ears("pick up the red cube")
    ears.listener.hear(silence(5.0))
    assert ears.instructions() == [] and ears.transcriber.clips == []


def test_the_robot_does_not_hear_itself():
    ears = Ears("pick up the red cube")
    ears.listener.mute(True)
    ears.say()
    ears.listener.mute(False)
    assert ears.instructions() == []


def test_push_to_talk_hears_only_while_pushed():
    ears = Ears("go home", listening="push")
    ears.say()
    ears.listener.push(True)
    ears.listener.hear(tone(0.6))
    ears.listener.push(False)
    assert ears.instructions() == ["go home"] and len(ears.transcriber.clips) == 1


@pytest.mark.parametrize(
    ("said", "done"),
    [
        (["go home"], []),
        (["robot, go home"], ["go home"]),
        (["hey robot", "go home"], ["go home"]),
        (["stop"], ["stop"]),
    ],
)
def test_the_wake_word_is_waited_for_but_not_by_a_stop(said, done):
    ears = Ears(*said, listening="wake")
    for _ in said:
        ears.say()
    assert ears.instructions() == done


def test_an_unsure_command_waits_for_a_yes():
    ears = Ears("go home", "yes", confidence=0.6)
    ears.say()
    ears.say()
    assert ears.instructions() == [None, "go home"]


def test_a_failing_recognizer_is_an_error_and_the_next_utterance_works():
    ears = Ears("go home")
    transcribe = ears.transcriber.transcribe
    failures = [SpeechError("the server is away")]

    def fail_once(clip, vocabulary):
        if failures:
            raise failures.pop()
        return transcribe(clip, vocabulary)

    ears.transcriber.transcribe = fail_once
    ears.say()
    ears.say()
    assert ears.instructions() == ["go home"] and ears.errors == ["the server is away"]


class Speaker:
    """A loudspeaker that plays until it is told to go on."""

    def __init__(self):
        self.played, self.playing, self.go_on = [], threading.Event(), threading.Semaphore(0)

    def play(self, clip):
        self.played.append(clip)
        self.playing.set()
        self.go_on.acquire(timeout=WAIT_S)

    def stop(self):
        self.go_on.release()


class Reader:
    """Speaks a text as its length."""

    def speak(self, text):
        if text == "broken":
            raise SpeechError("no voice")
        return AudioClip(np.full(len(text), 0.1, np.float32), 16000)


def test_sentences_are_spoken_in_turn_and_the_recognizer_is_muted_meanwhile():
    speaker, muted, done = Speaker(), [], threading.Event()

    def on_speaking(speaking):
        muted.append(speaking)
        if muted == [True, False, True, False]:
            done.set()

    errors = []
    queue = SpeechQueue(Reader(), speaker, on_speaking, errors.append)
    for text in ("one", "broken", "three"):
        queue.say(text)
    speaker.go_on.release(2)
    assert done.wait(WAIT_S)
    queue.close()
    assert [len(clip.samples) for clip in speaker.played] == [3, 5] and errors == ["no voice"]


def test_an_interruption_breaks_off_and_empties_the_queue():
    speaker, ended = Speaker(), threading.Event()
    queue = SpeechQueue(
        Reader(), speaker, lambda speaking: None if speaking else ended.set(), print
    )
    for text in ("one", "two", "three"):
        queue.say(text)
    assert speaker.playing.wait(WAIT_S)
    queue.interrupt()
    assert ended.wait(WAIT_S)
    queue.close()
    assert len(speaker.played) == 1


def test_the_robots_own_sentences_contain_no_stop_word():
    for text in ("I stopped.", "Stop! Halting now.", "frozen"):
        for word in ("stop", "halt", "freeze"):
            assert word not in without_stop_words(text).lower()
    assert without_stop_words("the bus stopover") == "the bus stopover"


def test_what_engines_take_for_commands_is_not_read_out():
    assert speakable('say [[pwned]] <break/> "x" `ls` {é}') == "say pwned break x ls"
    assert len(speakable("word " * 1000)) <= 500


@pytest.mark.parametrize("name", ["../../x", "a b", "(quit)"])
def test_voice_names_are_plain(name):
    with pytest.raises(ConfigError):
        create_voice("flite", name)


FAKE_KOKORO = """
import numpy as np
class Kokoro:
    @classmethod
    def from_session(cls, session, voices_path):
        return cls()
    def create(self, text, voice, speed, lang):
        print(text, voice, speed, lang, file=open("said.txt", "a"))
        return np.full(2400 * len(text), 0.5, np.float32), 24000
"""


def test_kokoro_speaks_each_line_into_a_file(tmp_path, monkeypatch):
    onnx = pytest.importorskip("onnx")
    ends = [onnx.helper.make_tensor_value_info(name, 1, [1]) for name in ("x", "y")]
    same = onnx.helper.make_node("Identity", ["x"], ["y"])
    graph = onnx.helper.make_graph([same], "same", ends[:1], ends[1:])
    opset = [onnx.helper.make_opsetid("", 17)]
    model = onnx.helper.make_model(graph, opset_imports=opset, ir_version=8)
    onnx.save(model, tmp_path / "kokoro.onnx")
    (tmp_path / "voices.npz").write_bytes(b"")
    (tmp_path / "kokoro_onnx.py").write_text(FAKE_KOKORO)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.chdir(tmp_path)
    voice = create_voice("kokoro", f"{tmp_path}#bf_lily", 1.5)
    clips = voice.speak_all(["one", "three"])
    assert [round(clip.duration_s, 2) for clip in clips] == [0.3, 0.5]
    assert voice.speak("two").rate_hz == 24000
    said = (tmp_path / "said.txt").read_text().splitlines()
    assert said == [f"{word} bf_lily 1.5 en-gb" for word in ("one", "three", "two")]


@pytest.mark.parametrize("name", ["", "af_heart", "FOLDER", "FOLDER#", "/nowhere#af_heart"])
def test_a_name_that_is_none_of_kokoros_is_refused(tmp_path, name):
    with pytest.raises(ConfigError, match="FOLDER#af_heart"):
        kokoro_files(name.replace("FOLDER", str(tmp_path)))


def test_voices_in_files_have_short_names():
    assert short_name("/voices/en_US-joe-medium.onnx") == "en_US-joe-medium"
    assert short_name("/kokoro-v1.0#af_heart") == "af_heart"
    assert short_name("en-us+m1") == "en-us+m1"


def test_recognizers_that_cannot_be_had_are_named(tmp_path):
    with pytest.raises(ConfigError, match="speech_model"):
        create_transcriber(RecognizerParams(speech_recognizer="server"))
    pytest.importorskip("faster_whisper")
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(ConfigError, match="cannot be had"):
        create_transcriber(
            RecognizerParams(speech_recognizer="whisper", speech_model=str(tmp_path))
        )


@needs_espeak
def test_the_fallback_is_announced_and_hears_a_command(tmp_path):
    pytest.importorskip("pocketsphinx")
    pytest.importorskip("faster_whisper")
    (tmp_path / "config.json").write_text("{}")
    announced = []
    params = RecognizerParams(speech_model=str(tmp_path))
    transcriber = create_transcriber(params, announce=announced.append)
    assert "falling back to pocketsphinx" in announced[0]
    said = spoken("put the red cube in the bowl", tmp_path)
    best, *_ = transcriber.transcribe(said.at_rate(), Vocabulary())
    assert best.text == "put the red cube in the bowl"
    right, wrong = transcriber.score(
        said.at_rate(), ["put the red cube in the bowl", "push the lemon to the left"]
    )
    assert right > wrong


@needs_espeak
@pytest.mark.parametrize("word", ["stop", "halt", "freeze"])
def test_a_called_stop_word_is_spotted_within_half_a_second(word, tmp_path):
    said = spoken(word, tmp_path).at_rate().samples
    spotter = StopSpotter.create()
    assert spotter.hear(silence(1.0)) is None
    assert spotter.hear(np.concatenate([said, silence(0.5)])) in STOP_WORDS
    assert spotter.hear(silence(2.0)) is None


class Server(BaseHTTPRequestHandler):
    """Answers one transcription as a server would."""

    reply: ClassVar[dict] = {}
    body = b""

    def do_POST(self):
        Server.body = self.rfile.read(int(self.headers["Content-Length"]))
        content = json.dumps(Server.reply).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


def test_a_server_is_sent_a_wav_and_its_segments_give_the_confidence():
    server = HTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    Server.reply = {
        "text": " Go home.",
        "segments": [{"avg_logprob": -0.1053605, "no_speech_prob": 0.01}],
    }
    transcriber = ServedTranscriber(f"http://127.0.0.1:{server.server_port}/v1#whisper-1")
    (best,) = transcriber.transcribe(AudioClip(tone(0.5), 16000), Vocabulary())
    server.shutdown()
    server.server_close()
    assert best.text == "Go home." and best.confidence == pytest.approx(0.9, abs=1e-4)
    assert b"whisper-1" in Server.body and b"RIFF" in Server.body


@pytest.mark.parametrize(
    "content", [b"", b"[]", b'{"text": 3}', b"{}", b'{"text": "x", "segments": [3]}']
)
def test_what_is_no_transcription_is_an_error(content):
    with pytest.raises(SpeechError):
        heard(content)


def test_a_servers_silence_invents_nothing():
    assert heard(b'{"text": "Thank you.", "segments": [{"no_speech_prob": 0.9}]}') == []
    assert heard(b'{"text": " "}') == []
    assert heard(b'{"text": "go home"}')[0].confidence == 0.5
