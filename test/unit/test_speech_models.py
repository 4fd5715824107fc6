"""Recognisers' loading code, on tiny checkpoints with random weights."""

import json
import os
import signal
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from speech_fakes import tone

from vla_ros.errors import ConfigError, SpeechError
from vla_ros.params.speech import RecognizerParams
from vla_ros.speech.audio import AudioClip
from vla_ros.speech.recognizers import create_transcriber
from vla_ros.speech.vocabulary import Vocabulary

CLIP = AudioClip(tone(1.0), 16000)
LETTERS = ["<pad>", "<s>", "</s>", "<unk>", "|", *"ABCDEFGHIJKLMNOPQRSTUVWXYZ'"]


def hears_something(folder):
    params = RecognizerParams(speech_recognizer="transformers", speech_model=str(folder))
    for hypothesis in create_transcriber(params).transcribe(CLIP, Vocabulary()):
        assert hypothesis.text == hypothesis.text.strip() != ""
        assert 0.0 <= hypothesis.confidence <= 1.0
        return hypothesis.text
    return ""


def test_a_ctc_checkpoint_is_loaded_and_writes_lower_case(tmp_path):
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    torch.manual_seed(0)
    (tmp_path / "vocab.json").write_text(json.dumps({s: i for i, s in enumerate(LETTERS)}))
    tokenizer = transformers.Wav2Vec2CTCTokenizer(str(tmp_path / "vocab.json"))
    extractor = transformers.Wav2Vec2FeatureExtractor(return_attention_mask=False)
    transformers.Wav2Vec2Processor(extractor, tokenizer).save_pretrained(tmp_path)
    config = transformers.Wav2Vec2Config(
        vocab_size=len(LETTERS), hidden_size=16, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=16, conv_dim=(8,) * 7, num_conv_pos_embeddings=16,
        num_conv_pos_embedding_groups=2,
    )  # fmt: skip
    transformers.Wav2Vec2ForCTC(config).save_pretrained(tmp_path)
    text = hears_something(tmp_path)
    assert text == text.lower()


@pytest.fixture(scope="module")
def whisper(tmp_path_factory):
    """A Whisper of English alone, its tokens single bytes."""
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers

    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("whisper")
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    names = (
        "endoftext startoftranscript startoflm startofprev nospeech notimestamps transcribe "
        "translate 0.00 0.02"
    )
    special = [f"<|{name}|>" for name in names.split()]
    tokens = {token: i for i, token in enumerate([*alphabet, *special])}
    base = Tokenizer(models.BPE(tokens, []))
    base.pre_tokenizer, base.decoder = pre_tokenizers.ByteLevel(), decoders.ByteLevel()
    base.add_special_tokens(special)
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_object=base, eos_token=special[0], bos_token=special[0], pad_token=special[0]
    )
    tokenizer.save_pretrained(folder)
    transformers.WhisperFeatureExtractor(feature_size=80).save_pretrained(folder)
    end, start, plain = (tokens[special[i]] for i in (0, 1, 5))
    config = transformers.WhisperConfig(
        vocab_size=len(tokens), d_model=16, encoder_layers=1, decoder_layers=1,
        encoder_attention_heads=2, decoder_attention_heads=2, encoder_ffn_dim=16,
        decoder_ffn_dim=16, max_target_positions=448, pad_token_id=end, bos_token_id=end,
        eos_token_id=end, decoder_start_token_id=start, suppress_tokens=None,
        begin_suppress_tokens=None,
    )  # fmt: skip
    network = transformers.WhisperForConditionalGeneration(config)
    network.generation_config.no_timestamps_token_id = plain
    network.generation_config.suppress_tokens = [end + 1]
    network.generation_config.begin_suppress_tokens = [end]
    network.generation_config.alignment_heads = [[0, 0]]
    network.save_pretrained(folder)
    return folder


def test_a_whisper_checkpoint_is_loaded_and_decodes(whisper):
    assert isinstance(hears_something(whisper), str)


def test_the_same_weights_decode_and_score_in_ctranslate2(whisper, tmp_path):
    pytest.importorskip("faster_whisper")
    from ctranslate2.converters import TransformersConverter

    TransformersConverter(
        str(whisper), copy_files=["tokenizer.json", "preprocessor_config.json"]
    ).convert(str(tmp_path / "int8"), quantization="int8")
    params = RecognizerParams(
        speech_recognizer="whisper", speech_model=str(tmp_path / "int8"), speech_device="cpu"
    )
    transcriber = create_transcriber(params)
    assert "int8 on cpu" in transcriber.name
    for hypothesis in transcriber.transcribe(CLIP, Vocabulary()):
        assert 0.0 <= hypothesis.confidence <= 1.0
    scores = transcriber.score(CLIP, ["pick up the red cube", "go home"])
    assert len(scores) == 2 and all(np.isfinite(score) and score < 0.0 for score in scores)


def test_a_missing_checkpoint_is_named(tmp_path):
    pytest.importorskip("torch")
    params = RecognizerParams(
        speech_recognizer="transformers", speech_model=str(tmp_path / "nowhere")
    )
    with pytest.raises(ConfigError, match="nowhere"):
        create_transcriber(params)


def test_a_recognizer_that_hangs_is_an_error_and_is_started_anew():
    pytest.importorskip("pocketsphinx")
    from vla_ros.speech.worker import TranscriberProcess

    params = RecognizerParams(speech_recognizer="sphinx", recognition_timeout_s=0.5)
    recognizer = TranscriberProcess(params)
    hung = recognizer._process.pid
    os.kill(hung, signal.SIGSTOP)
    try:
        with pytest.raises(SpeechError, match="did not answer within"):
            recognizer.transcribe(CLIP, Vocabulary())
        assert recognizer._process.pid != hung
        recognizer._timeout_s = 100.0
        quiet = AudioClip(np.zeros(16000, np.float32), 16000)
        assert len(recognizer.transcribe(quiet, Vocabulary())) <= 1
    finally:
        recognizer.close()
    assert not recognizer._process.is_alive()


def test_who_waits_for_a_recognizer_that_is_ended_does_not_start_it_anew():
    pytest.importorskip("pocketsphinx")
    from vla_ros.speech.worker import TranscriberProcess

    params = RecognizerParams(speech_recognizer="sphinx", recognition_timeout_s=100.0)
    recognizer = TranscriberProcess(params)
    os.kill(recognizer._process.pid, signal.SIGSTOP)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(recognizer.transcribe, CLIP, Vocabulary())
        recognizer.close()
        with pytest.raises(SpeechError, match="was ended"):
            waiting.result()
    assert not recognizer._process.is_alive()
