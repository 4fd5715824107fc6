"""Small random checkpoints of generative families, saved as their own are: for tests only.

Each has its family's real configuration and image processor classes with few and narrow layers, a
vocabulary of bytes and the family's own special tokens, and seeded random weights.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import (
    BlipImageProcessorPil,
    CLIPImageProcessorPil,
    Florence2Config,
    Florence2ForConditionalGeneration,
    InstructBlipConfig,
    InstructBlipForConditionalGeneration,
    LlamaConfig,
    LlavaConfig,
    LlavaForConditionalGeneration,
    LlavaOnevisionConfig,
    LlavaOnevisionForConditionalGeneration,
    LlavaOnevisionImageProcessorPil,
    OPTConfig,
    PaliGemmaConfig,
    PaliGemmaForConditionalGeneration,
    PreTrainedTokenizerFast,
    Qwen2_5_VLConfig,
    Qwen2_5_VLForConditionalGeneration,
    Qwen2VLConfig,
    Qwen2VLForConditionalGeneration,
    Qwen2VLImageProcessorPil,
    Qwen3VLConfig,
    Qwen3VLForConditionalGeneration,
    SiglipImageProcessorPil,
    SmolVLMConfig,
    SmolVLMForConditionalGeneration,
    SmolVLMImageProcessorPil,
)

CHAT = (
    "{% for turn in messages %}<|im_start|>{{ turn['role'] }}\n{% for part in turn['content'] %}"
    "{% if part['type'] == 'image' %}PICTURE{% else %}{{ part['text'] }}{% endif %}{% endfor %}"
    "<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
_ENDS = ("<|im_end|>", "<pad>", "<s>", "</s>")
_QWEN = ("<|vision_start|>", "<|image_pad|>", "<|vision_end|>", "<|video_pad|>", "<|im_start|>")
_QWEN_BOXES = ("<|object_ref_start|>", "<|object_ref_end|>", "<|box_start|>", "<|box_end|>")
_LAYERS = {"num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
_WORDS = {**_LAYERS, "num_key_value_heads": 2, "hidden_size": 32, "vocab_size": 0}


def tokenizer(
    special: Sequence[str] = (), plain: Sequence[str] = (), image_token: str = ""
) -> PreTrainedTokenizerFast:
    """Return a tokenizer of bytes; `plain` tokens are whole words that count as text."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    core = Tokenizer(models.BPE(vocab={a: n for n, a in enumerate(alphabet)}, merges=[]))
    core.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    core.decoder = decoders.ByteLevel()
    core.add_tokens(list(plain))
    core.add_special_tokens([*_ENDS, *special])
    return PreTrainedTokenizerFast(
        tokenizer_object=core,
        bos_token="<s>",
        eos_token="<|im_end|>",
        pad_token="<pad>",
        unk_token="</s>",
        model_max_length=4096,
        extra_special_tokens={"image_token": image_token} if image_token else {},
    )


def save(
    folder: Path, network: Any, words: Any, pictures: Any, chat: str = "", **processor: Any
) -> Path:
    network.save_pretrained(folder)
    words.save_pretrained(folder)
    pictures.save_pretrained(folder)
    if chat:
        (folder / "chat_template.jinja").write_text(chat)
    if processor:
        (folder / "processor_config.json").write_text(json.dumps(processor))
    return folder


def _ids(words: Any) -> dict[str, Any]:
    return {
        "bos_token_id": words.bos_token_id,
        "eos_token_id": words.eos_token_id,
        "pad_token_id": words.pad_token_id,
    }


def qwen(folder: Path, family: str = "qwen2_5_vl") -> Path:
    torch.manual_seed(0)
    words = tokenizer((*_QWEN, *_QWEN_BOXES))
    text = {
        **_WORDS,
        **_ids(words),
        "vocab_size": len(words),
        "rope_scaling": {"rope_type": "default", "mrope_section": [2, 3, 3]},
        "head_dim": 16,
    }
    vision: dict[str, Any] = {"depth": 2, "num_heads": 2, "spatial_merge_size": 2}
    patch_px = 16 if family == "qwen3_vl" else 14
    vision["patch_size"] = patch_px
    if family == "qwen2_vl":
        vision |= {"embed_dim": 32, "hidden_size": 32, "mlp_ratio": 1}
        kinds: tuple[Any, Any] = (Qwen2VLConfig, Qwen2VLForConditionalGeneration)
    elif family == "qwen2_5_vl":
        vision |= {"hidden_size": 32, "out_hidden_size": 32, "intermediate_size": 32}
        vision |= {"fullatt_block_indexes": [1], "window_size": 56}
        kinds = (Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration)
    else:
        vision |= {"hidden_size": 32, "out_hidden_size": 32, "intermediate_size": 32}
        vision |= {"deepstack_visual_indexes": [0], "num_position_embeddings": 16}
        kinds = (Qwen3VLConfig, Qwen3VLForConditionalGeneration)
    token = words.convert_tokens_to_ids
    config = kinds[0](
        text_config=text,
        vision_config=vision,
        image_token_id=token("<|image_pad|>"),
        video_token_id=token("<|video_pad|>"),
        vision_start_token_id=token("<|vision_start|>"),
        vision_end_token_id=token("<|vision_end|>"),
    )
    pictures = Qwen2VLImageProcessorPil(patch_size=patch_px)
    chat = CHAT.replace("PICTURE", "<|vision_start|><|image_pad|><|vision_end|>")
    return save(folder, kinds[1](config), words, pictures, chat, processor_class="Qwen2VLProcessor")


_SIGLIP = {**_LAYERS, "hidden_size": 32, "image_size": 32, "patch_size": 16}


def paligemma(folder: Path) -> Path:
    torch.manual_seed(0)
    words = tokenizer(("<image>",), tuple(f"<loc{n:04}>" for n in range(1024)))
    config = PaliGemmaConfig(
        text_config={
            **_WORDS,
            **_ids(words),
            "model_type": "gemma",
            "vocab_size": len(words),
            "head_dim": 16,
        },
        vision_config={**_SIGLIP, "model_type": "siglip_vision_model", "projection_dim": 32},
        projection_dim=32,
        image_token_index=words.convert_tokens_to_ids("<image>"),
        **_ids(words),
    )
    pictures = SiglipImageProcessorPil(size={"height": 32, "width": 32}, image_seq_length=4)
    return save(folder, PaliGemmaForConditionalGeneration(config), words, pictures)


def florence2(folder: Path) -> Path:
    torch.manual_seed(0)
    places = tuple(f"<loc_{n}>" for n in range(1000))
    words = tokenizer(("<image>",), places, image_token="<image>")
    vision = {
        "embed_dim": [8, 16, 16, 32],
        "depths": [1, 1, 1, 1],
        "num_heads": [1, 2, 2, 2],
        "num_groups": [1, 2, 2, 2],
        "window_size": 4,
        "projection_dim": 32,
    }
    text = {
        "vocab_size": len(words),
        "d_model": 32,
        "encoder_layers": 1,
        "decoder_layers": 1,
        "encoder_attention_heads": 2,
        "decoder_attention_heads": 2,
        "encoder_ffn_dim": 32,
        "decoder_ffn_dim": 32,
        "decoder_start_token_id": words.eos_token_id,
        "forced_bos_token_id": words.bos_token_id,
        **_ids(words),
    }
    config = Florence2Config(
        text_config=text,
        vision_config=vision,
        image_token_id=words.convert_tokens_to_ids("<image>"),
        is_encoder_decoder=True,
    )
    network = Florence2ForConditionalGeneration(config)
    network.generation_config.decoder_start_token_id = words.eos_token_id
    network.generation_config.forced_bos_token_id = words.bos_token_id
    network.generation_config.eos_token_id = words.eos_token_id
    side = {"height": 64, "width": 64}
    pictures = CLIPImageProcessorPil(size=side, crop_size=side, image_seq_length=5)
    return save(folder, network, words, pictures)


def llava(folder: Path, family: str = "llava") -> Path:
    torch.manual_seed(0)
    words = tokenizer(("<image>", "<video>", "<|im_start|>"))
    text = {**_WORDS, **_ids(words), "model_type": "llama", "vocab_size": len(words)}
    shared = {
        "text_config": LlamaConfig(**{k: v for k, v in text.items() if k != "model_type"}),
        "vision_feature_layer": -1,
    }
    image = words.convert_tokens_to_ids("<image>")
    chat = CHAT.replace("PICTURE", "<image>\n")
    if family == "llava":
        config: Any = LlavaConfig(
            vision_config={
                **_SIGLIP,
                "model_type": "clip_vision_model",
                "projection_dim": 32,
            },
            image_token_index=image,
            image_seq_length=4,
            vision_feature_select_strategy="default",
            **shared,
        )
        side = {"height": 32, "width": 32}
        pictures: Any = CLIPImageProcessorPil(size={"shortest_edge": 32}, crop_size=side)
        return save(
            folder,
            LlavaForConditionalGeneration(config),
            words,
            pictures,
            chat,
            patch_size=16,
            vision_feature_select_strategy="default",
            num_additional_image_tokens=1,
        )
    config = LlavaOnevisionConfig(
        vision_config={**_SIGLIP, "model_type": "siglip_vision_model"},
        image_token_index=image,
        video_token_index=words.convert_tokens_to_ids("<video>"),
        image_grid_pinpoints=[[32, 32], [32, 64], [64, 64]],
        vision_feature_select_strategy="full",
        **shared,
    )
    pictures = LlavaOnevisionImageProcessorPil(
        size={"height": 32, "width": 32}, image_grid_pinpoints=[[32, 32], [32, 64], [64, 64]]
    )
    return save(
        folder,
        LlavaOnevisionForConditionalGeneration(config),
        words,
        pictures,
        chat,
        num_image_tokens=4,
        vision_feature_select_strategy="full",
    )


def instructblip(folder: Path) -> Path:
    torch.manual_seed(0)
    words = tokenizer(("<image>",))
    config = InstructBlipConfig(
        vision_config={**_SIGLIP},
        qformer_config={
            **_LAYERS,
            "hidden_size": 32,
            "encoder_hidden_size": 32,
            "vocab_size": len(words),
            "max_position_embeddings": 2048,
        },
        text_config=OPTConfig(
            vocab_size=len(words),
            hidden_size=32,
            word_embed_proj_dim=32,
            num_hidden_layers=2,
            num_attention_heads=2,
            ffn_dim=32,
            max_position_embeddings=2048,
            **_ids(words),
        ).to_dict(),
        num_query_tokens=4,
        image_token_index=words.convert_tokens_to_ids("<image>"),
    )
    pictures = BlipImageProcessorPil(size={"height": 32, "width": 32})
    save(
        folder,
        InstructBlipForConditionalGeneration(config),
        words,
        pictures,
        num_query_tokens=4,
    )
    tokenizer().save_pretrained(folder / "qformer_tokenizer")
    return folder


def smolvlm(folder: Path) -> Path:
    torch.manual_seed(0)
    split = ("<image>", "<fake_token_around_image>", "<global-img>", "<end_of_utterance>")
    words = tokenizer((*split, "<|im_start|>"))
    config = SmolVLMConfig(
        text_config={
            **_WORDS,
            **_ids(words),
            "model_type": "llama",
            "vocab_size": len(words),
        },
        vision_config={**_SIGLIP},
        image_token_id=words.convert_tokens_to_ids("<image>"),
        scale_factor=1,
        pad_token_id=words.pad_token_id,
    )
    pictures = SmolVLMImageProcessorPil(
        size={"longest_edge": 32}, max_image_size={"longest_edge": 32}, do_image_splitting=False
    )
    chat = CHAT.replace("PICTURE", "<image>")
    return save(
        folder, SmolVLMForConditionalGeneration(config), words, pictures, chat, image_seq_len=4
    )


MAKERS = {
    "qwen2_vl": lambda folder: qwen(folder, "qwen2_vl"),
    "qwen2_5_vl": lambda folder: qwen(folder, "qwen2_5_vl"),
    "qwen3_vl": lambda folder: qwen(folder, "qwen3_vl"),
    "paligemma": paligemma,
    "florence2": florence2,
    "llava": llava,
    "llava_onevision": lambda folder: llava(folder, "llava_onevision"),
    "instructblip": instructblip,
    "smolvlm": smolvlm,
}
