"""Small random checkpoints of models that look at another's boxes, SAM and dual encoders."""

from __future__ import annotations

from pathlib import Path

import sentencepiece
import torch
from tiny_checkpoints import LETTERS, clip_tokenizer, clip_words, save
from transformers import (
    CLIPConfig,
    CLIPImageProcessorPil,
    CLIPModel,
    CLIPProcessor,
    Sam2Config,
    Sam2HieraDetConfig,
    Sam2Model,
    Sam2VideoConfig,
    Sam2VideoModel,
    Sam2VisionConfig,
    SamConfig,
    SamImageProcessorPil,
    SamModel,
    SamProcessor,
    Siglip2Config,
    Siglip2ImageProcessorPil,
    Siglip2Model,
    Siglip2Processor,
    Siglip2Tokenizer,
    SiglipConfig,
    SiglipImageProcessorPil,
    SiglipModel,
    SiglipProcessor,
    SiglipTokenizer,
)


def sam(folder: Path) -> Path:
    """SAM for pictures of 128 pixels a side."""
    torch.manual_seed(0)
    config = SamConfig(
        vision_config={
            "hidden_size": 32,
            "num_hidden_layers": 2,
            "num_attention_heads": 2,
            "output_channels": 32,
            "image_size": 128,
            "patch_size": 16,
            "window_size": 4,
            "global_attn_indexes": [1],
            "mlp_dim": 32,
            "num_pos_feats": 16,
        },
        prompt_encoder_config={
            "hidden_size": 32,
            "image_size": 128,
            "patch_size": 16,
            "image_embedding_size": 8,
        },
        mask_decoder_config={
            "hidden_size": 32,
            "mlp_dim": 32,
            "num_attention_heads": 2,
            "iou_head_hidden_dim": 32,
        },
    )
    pictures = SamImageProcessorPil(
        size={"longest_edge": 128}, pad_size={"height": 128, "width": 128}
    )
    return save(folder, SamModel(config), SamProcessor(pictures))


def sam2(folder: Path, video: bool = False) -> Path:
    """SAM 2 for pictures of 128 pixels a side; its checkpoints on the hub are those for video."""
    torch.manual_seed(0)
    backbone = Sam2HieraDetConfig(
        hidden_size=16,
        image_size=[128, 128],
        blocks_per_stage=[1, 1, 2, 1],
        embed_dim_per_stage=[16, 32, 64, 128],
        num_attention_heads_per_stage=[1, 1, 2, 2],
        window_size_per_stage=[8, 4, 4, 4],
        global_attention_blocks=[3],
        window_positional_embedding_background_size=[2, 2],
    )
    parts = {
        "vision_config": Sam2VisionConfig(
            backbone_config=backbone,
            backbone_channel_list=[128, 64, 32, 16],
            backbone_feature_sizes=[[32, 32], [16, 16], [8, 8]],
            fpn_hidden_size=32,
        ),
        "prompt_encoder_config": {"hidden_size": 32, "image_size": 128, "patch_size": 16},
        "mask_decoder_config": {
            "hidden_size": 32,
            "mlp_dim": 32,
            "num_attention_heads": 2,
            "iou_head_hidden_dim": 32,
        },
    }
    if not video:
        Sam2Model(Sam2Config(**parts)).save_pretrained(folder)
        return folder
    config = Sam2VideoConfig(
        **parts,
        image_size=128,
        memory_attention_hidden_size=32,
        memory_attention_num_layers=1,
        memory_attention_feed_forward_hidden_size=32,
        memory_attention_rope_feat_sizes=[8, 8],
        memory_encoder_hidden_size=32,
        memory_encoder_output_channels=16,
        mask_downsampler_embed_dim=32,
        memory_fuser_num_layers=1,
        memory_fuser_embed_dim=32,
        memory_fuser_intermediate_dim=32,
    )
    Sam2VideoModel(config).save_pretrained(folder)
    return folder


def clip(folder: Path) -> Path:
    """CLIP for pictures of 32 pixels a side."""
    torch.manual_seed(0)
    small = {"num_hidden_layers": 2, "num_attention_heads": 2, "hidden_size": 32}
    config = CLIPConfig(
        text_config=clip_words(small),
        vision_config={**small, "intermediate_size": 32, "image_size": 32, "patch_size": 16},
        projection_dim=32,
    )
    pictures = CLIPImageProcessorPil(
        size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32}
    )
    return save(folder, CLIPModel(config), CLIPProcessor(pictures, clip_tokenizer(48)))


def siglip(folder: Path) -> Path:
    """SigLIP for pictures of 32 pixels a side, with a SentencePiece vocabulary of letters."""
    torch.manual_seed(0)
    small = {"num_hidden_layers": 2, "num_attention_heads": 2, "hidden_size": 32}
    config = SiglipConfig(
        text_config={
            **small,
            "intermediate_size": 32,
            "vocab_size": 64,
            "bos_token_id": None,
            "eos_token_id": 1,
            "max_position_embeddings": 48,
            "projection_size": 32,
        },
        vision_config={**small, "intermediate_size": 32, "image_size": 32, "patch_size": 16},
    )
    folder.mkdir(exist_ok=True)
    sentences = [f"{a}{b} {b}{a}" for a in LETTERS[:26] for b in LETTERS[:26]]
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(sentences),
        model_prefix=str(folder / "spiece"),
        model_type="char",
        vocab_size=31,
        pad_id=0,
        eos_id=1,
        unk_id=2,
        bos_id=-1,
        minloglevel=2,
    )
    tokenizer = SiglipTokenizer(str(folder / "spiece.model"), model_max_length=48)
    pictures = SiglipImageProcessorPil(size={"height": 32, "width": 32})
    return save(folder, SiglipModel(config), SiglipProcessor(pictures, tokenizer))


def siglip2(folder: Path) -> Path:
    """SigLIP 2 of any aspect ratio (NaFlex), of at most 16 patches a picture."""
    torch.manual_seed(0)
    small = {"num_hidden_layers": 2, "num_attention_heads": 2, "hidden_size": 32}
    config = Siglip2Config(
        text_config={
            **small,
            "intermediate_size": 32,
            "vocab_size": 512,
            "bos_token_id": 2,
            "eos_token_id": 1,
            "max_position_embeddings": 48,
            "projection_size": 32,
        },
        vision_config={**small, "intermediate_size": 32, "num_patches": 16, "patch_size": 8},
    )
    vocabulary = {"<pad>": 0, "<eos>": 1, "<bos>": 2, "<unk>": 3, "<mask>": 4}
    vocabulary |= {f"<0x{byte:02X}>": 5 + byte for byte in range(256)}
    tokenizer = Siglip2Tokenizer(vocab=vocabulary, merges=[], padding_side="right")
    pictures = Siglip2ImageProcessorPil(patch_size=8, max_num_patches=16)
    return save(folder, Siglip2Model(config), Siglip2Processor(pictures, tokenizer))
