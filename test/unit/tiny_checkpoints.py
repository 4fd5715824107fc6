"""Small random checkpoints of public model families, saved as their own are: for tests only.

Each has the real configuration, processor and tokenizer classes of its family, with few and narrow
layers, a vocabulary of single characters, and seeded random weights.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from tokenizers.pre_tokenizers import ByteLevel
from transformers import (
    BertConfig,
    BertTokenizer,
    CLIPSegConfig,
    CLIPSegForImageSegmentation,
    CLIPSegProcessor,
    CLIPTokenizer,
    GroundingDinoConfig,
    GroundingDinoForObjectDetection,
    GroundingDinoImageProcessorPil,
    GroundingDinoProcessor,
    MMGroundingDinoConfig,
    MMGroundingDinoForObjectDetection,
    Owlv2Config,
    Owlv2ForObjectDetection,
    Owlv2ImageProcessorPil,
    Owlv2Processor,
    OwlViTConfig,
    OwlViTForObjectDetection,
    OwlViTImageProcessorPil,
    OwlViTProcessor,
    SwinConfig,
    ViTImageProcessorPil,
)

LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"


def save(folder: Path, network: Any, processor: Any) -> Path:
    """Save a network and its processor as a checkpoint of the hub is."""
    network.save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder


def clip_tokenizer(most_tokens: int) -> CLIPTokenizer:
    """A CLIP tokenizer that knows single bytes: 513 tokens or so."""
    alphabet = sorted(ByteLevel.alphabet())
    words = ["!", *(a for a in alphabet if a != "!"), *(f"{a}</w>" for a in alphabet)]
    vocabulary = {word: number for number, word in enumerate(words)}
    for special in ("<|startoftext|>", "<|endoftext|>"):
        vocabulary[special] = len(vocabulary)
    return CLIPTokenizer(vocab=vocabulary, merges=[], model_max_length=most_tokens, pad_token="!")


def bert_tokenizer() -> BertTokenizer:
    """A BERT tokenizer with BERT's own ids for the tokens that end a phrase, letter by letter."""
    vocabulary = {"[PAD]": 0, "[UNK]": 100, "[CLS]": 101, "[SEP]": 102, "[MASK]": 103}
    vocabulary |= {".": 1012, "?": 1029}
    for number, letter in enumerate(LETTERS):
        vocabulary[letter] = 200 + number
        vocabulary[f"##{letter}"] = 300 + number
    unused = set(range(1100)) - set(vocabulary.values())
    vocabulary |= {f"[unused{number}]": number for number in unused}
    return BertTokenizer(vocab=vocabulary, do_lower_case=True)


def owl(folder: Path, family: str = "owlv2", side_px: int = 64, patch_px: int = 16) -> Path:
    """OWL-ViT or OWLv2, with a box for each of 16 patches."""
    torch.manual_seed(0)
    kinds: dict[str, tuple[Callable[..., Any], ...]] = {
        "owlvit": (
            OwlViTConfig,
            OwlViTForObjectDetection,
            OwlViTImageProcessorPil,
            OwlViTProcessor,
        ),
        "owlv2": (Owlv2Config, Owlv2ForObjectDetection, Owlv2ImageProcessorPil, Owlv2Processor),
    }
    make_config, make_network, make_pictures, make_processor = kinds[family]
    small = {"num_hidden_layers": 2, "num_attention_heads": 2, "hidden_size": 32}
    config = make_config(
        text_config=clip_words(small),
        vision_config={
            **small,
            "intermediate_size": 32,
            "image_size": side_px,
            "patch_size": patch_px,
        },
        projection_dim=32,
    )
    pictures = make_pictures(size={"height": side_px, "width": side_px})
    processor = make_processor(pictures, clip_tokenizer(48))
    return save(folder, make_network(config), processor)


def grounding_dino(folder: Path, family: str = "grounding-dino") -> Path:
    """Grounding DINO or MM-Grounding-DINO with 30 queries over a small Swin and a small BERT."""
    torch.manual_seed(0)
    makers = {
        "grounding-dino": (GroundingDinoConfig, GroundingDinoForObjectDetection),
        "mm-grounding-dino": (MMGroundingDinoConfig, MMGroundingDinoForObjectDetection),
    }
    make_config, make_network = makers[family]
    swin = SwinConfig(
        image_size=64,
        embed_dim=16,
        depths=[1, 1, 1, 1],
        num_heads=[1, 1, 2, 2],
        window_size=2,
        out_features=["stage2", "stage3", "stage4"],
    )
    bert = BertConfig(
        vocab_size=1100,
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
    )
    config = make_config(
        backbone_config=swin,
        text_config=bert,
        d_model=32,
        encoder_layers=1,
        decoder_layers=2,
        encoder_ffn_dim=32,
        decoder_ffn_dim=32,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        num_queries=30,
        max_text_len=64,
    )
    pictures = GroundingDinoImageProcessorPil(size={"shortest_edge": 96, "longest_edge": 160})
    processor = GroundingDinoProcessor(pictures, bert_tokenizer())
    return save(folder, make_network(config), processor)


def clipseg(folder: Path, side_px: int = 64) -> Path:
    """CLIPSeg with a small CLIP inside."""
    torch.manual_seed(0)
    small = {"num_hidden_layers": 3, "num_attention_heads": 2, "hidden_size": 32}
    config = CLIPSegConfig(
        text_config=clip_words(small),
        vision_config={
            **small,
            "intermediate_size": 32,
            "image_size": side_px,
            "patch_size": 16,
        },
        projection_dim=32,
        reduce_dim=16,
        extract_layers=[0, 1, 2],
        decoder_num_attention_heads=2,
        decoder_intermediate_size=32,
    )
    pictures = ViTImageProcessorPil(size={"height": side_px, "width": side_px})
    processor = CLIPSegProcessor(pictures, clip_tokenizer(48))
    return save(folder, CLIPSegForImageSegmentation(config), processor)


def clip_words(small: dict[str, int]) -> dict[str, int]:
    return {
        **small,
        "intermediate_size": 32,
        "max_position_embeddings": 48,
        "vocab_size": 514,
        "bos_token_id": 512,
        "eos_token_id": 513,
    }
