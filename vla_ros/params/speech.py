"""What the robot hears and says."""

from __future__ import annotations

from dataclasses import dataclass

from vla_ros.params.checked import CheckedParams, param
from vla_ros.speech.vocabulary import DEFAULT_COLORS, DEFAULT_NOUNS


@dataclass(frozen=True)
class RecognizerParams(CheckedParams):
    """Which recogniser turns speech into text."""

    speech_recognizer: str = param(
        "whisper (faster-whisper), sphinx (pocketsphinx with a grammar of commands, needs no "
        "download), transformers, server (OpenAI-compatible); auto is whisper where its weights "
        "can be had, else sphinx, which it says aloud",
        choices=("auto", "whisper", "sphinx", "transformers", "server"),
        live=False,
        default="auto",
    )
    speech_model: str = param(
        "its weights: a size or hub name, a folder, or a server's address; '' is Whisper's 'base'",
        live=False,
        default="",
    )
    speech_device: str = param(
        "where Whisper runs: int8 on the CPU, float16 on a GPU",
        choices=("auto", "cpu", "cuda"),
        live=False,
        default="auto",
    )
    speech_offline: bool = param(
        "never ask the model hub: use only folders and what was downloaded before",
        live=False,
        default=False,
    )
    recognition_timeout_s: float = param(
        "a recogniser that takes longer for one utterance is ended and started anew",
        unit="s",
        low=0.5,
        high=120.0,
        live=False,
        default=10.0,
    )
    act_confidence: float = param(
        "from this confidence on, what was heard is done without asking",
        low=0.0,
        high=1.0,
        default=0.94,
    )
    ask_confidence: float = param(
        "from this confidence on, what was heard is read back and done after a 'yes'; below it is "
        "not understood",
        low=0.0,
        high=1.0,
        default=0.3,
    )
    object_nouns: tuple[str, ...] = param(
        "what things are called here", live=False, default=DEFAULT_NOUNS
    )
    object_colors: tuple[str, ...] = param(
        "colours that things may have", live=False, default=DEFAULT_COLORS
    )


@dataclass(frozen=True)
class SpeechParams(CheckedParams):
    """The node that listens and speaks."""

    audio_source: str = param(
        "where sound comes from: 'microphone', 'topic' (audio, 16-bit), or a WAV file",
        live=False,
        default="microphone",
    )
    microphone: str = param(
        "name or number of the input device (see `vla-ros doctor`); '' for the system's default",
        live=False,
        default="",
    )
    audio_rate_hz: int = param(
        "samples a second on the audio topic",
        unit="Hz",
        low=8000,
        high=192000,
        live=False,
        default=16000,
    )
    listening: str = param(
        "always, push (only while push_to_talk is true), or wake (after the wake word)",
        choices=("always", "push", "wake"),
        default="always",
    )
    wake_word: str = param("what is said before a command with listening: wake", default="robot")
    wake_time_s: float = param(
        "how long after the wake word alone a command may come",
        unit="s",
        low=1.0,
        high=60.0,
        default=6.0,
    )
    voice_detector: str = param(
        "tells speech from noise: silero or webrtc",
        choices=("silero", "webrtc"),
        live=False,
        default="silero",
    )
    speech_threshold: float = param(
        "probability from which sound is speech", low=0.05, high=0.95, live=False, default=0.5
    )
    end_silence_s: float = param(
        "silence that ends an utterance", unit="s", low=0.2, high=3.0, live=False, default=0.6
    )
    max_utterance_s: float = param(
        "longer utterances are cut", unit="s", low=2.0, high=30.0, live=False, default=15.0
    )
    confirmation_time_s: float = param(
        "how long a question waits for its yes", unit="s", low=2.0, high=120.0, default=10.0
    )
    stop_spotter: bool = param(
        "listen for 'stop', 'halt' and 'freeze' all the time, past every recogniser",
        live=False,
        default=True,
    )
    stop_sensitivity: float = param(
        "how readily they are heard: more finds more stops and more that are none",
        low=0.0,
        high=1.0,
        live=False,
        default=0.5,
    )
    voice: str = param(
        "speaks replies: espeak, flite, festival, piper, kokoro, or none",
        choices=("espeak", "flite", "festival", "piper", "kokoro", "none"),
        live=False,
        default="espeak",
    )
    voice_name: str = param(
        "which of its voices: piper's .onnx file, kokoro's FOLDER#VOICE; '' is others' default",
        live=False,
        default="",
    )
    voice_speed: float = param(
        "how fast it speaks, 1 is normal", low=0.5, high=2.0, live=False, default=1.0
    )
    loudspeaker: str = param(
        "name or number of the output device; '' for the system's default",
        live=False,
        default="",
    )
