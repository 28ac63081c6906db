"""Tiny pipelines of random weights of the families that came later; see
:mod:`evaluation.peers.pipelines`."""

from __future__ import annotations

from typing import Any

import diffusers
import torch
import transformers

from evaluation.peers.pipelines import (
    CHAT_TEMPLATE,
    FLOW_VAE,
    byte_tokenizer,
    flux2,
    qwen3,
    qwen25_vl,
    qwen_parts,
    small_vae,
)


def _longcat_parts() -> dict[str, Any]:
    torch.manual_seed(0)
    tokenizer = byte_tokenizer()
    return {
        "scheduler": diffusers.FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True),
        "vae": small_vae(16, **FLOW_VAE),
        "text_encoder": qwen25_vl(tokenizer),
        "tokenizer": tokenizer,
        "text_processor": transformers.Qwen2_5_VLProcessor(
            image_processor=transformers.Qwen2VLImageProcessor(),
            tokenizer=tokenizer,
            video_processor=transformers.Qwen2VLVideoProcessor(),
            chat_template=CHAT_TEMPLATE,
        ),
        "transformer": diffusers.LongCatImageTransformer2DModel(
            num_layers=1,
            num_single_layers=1,
            attention_head_dim=16,
            num_attention_heads=2,
            joint_attention_dim=16,
            pooled_projection_dim=16,
            axes_dims_rope=[4, 4, 8],
        ),
    }


def longcat() -> Any:
    """LongCat-Image, whose pipeline takes no callback."""
    return diffusers.LongCatImagePipeline(**_longcat_parts())


def longcat_edit() -> Any:
    """LongCat-Image-Edit, which takes one reference and keeps its shape."""
    return diffusers.LongCatImageEditPipeline(**_longcat_parts())


def ovis() -> Any:
    """Ovis-Image."""
    torch.manual_seed(0)
    transformer = diffusers.OvisImageTransformer2DModel(
        in_channels=16,
        out_channels=16,
        num_layers=1,
        num_single_layers=1,
        attention_head_dim=16,
        num_attention_heads=2,
        joint_attention_dim=16,
        axes_dims_rope=(4, 4, 8),
    )
    return diffusers.OvisImagePipeline(
        scheduler=diffusers.FlowMatchEulerDiscreteScheduler(),
        vae=small_vae(4, **FLOW_VAE),
        text_encoder=qwen3(),
        tokenizer=byte_tokenizer(),
        transformer=transformer,
    )


def krea2() -> Any:
    """Krea 2 Turbo."""
    torch.manual_seed(0)
    transformer = diffusers.Krea2Transformer2DModel(
        in_channels=16,
        num_layers=2,
        attention_head_dim=16,
        num_attention_heads=2,
        num_key_value_heads=1,
        intermediate_size=32,
        timestep_embed_dim=32,
        text_hidden_dim=16,
        num_text_layers=2,
        text_num_attention_heads=2,
        text_num_key_value_heads=2,
        text_intermediate_size=32,
        num_layerwise_text_blocks=1,
        num_refiner_text_blocks=1,
        axes_dims_rope=(4, 4, 8),
    )
    return diffusers.Krea2Pipeline(
        scheduler=diffusers.FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True),
        vae=qwen_parts()["vae"],
        text_encoder=_qwen3_vl(),
        tokenizer=byte_tokenizer(),
        transformer=transformer,
        text_encoder_select_layers=(1, 2),
        is_distilled=True,
    )


def _qwen3_vl() -> Any:
    torch.manual_seed(0)
    config = transformers.Qwen3VLConfig(
        text_config={
            "hidden_size": 16,
            "intermediate_size": 16,
            "num_hidden_layers": 2,
            "num_attention_heads": 2,
            "num_key_value_heads": 2,
            "head_dim": 8,
            "vocab_size": 1000,
            "max_position_embeddings": 4096,
            "rope_parameters": {
                "rope_type": "default",
                "rope_theta": 1e6,
                "mrope_section": [2, 1, 1],
                "mrope_interleaved": True,
            },
        },
        vision_config={
            "depth": 1,
            "hidden_size": 16,
            "intermediate_size": 16,
            "num_heads": 2,
            "out_hidden_size": 16,
            "deepstack_visual_indexes": [0],
        },
    )
    return transformers.Qwen3VLModel(config)


def ernie() -> Any:
    """ERNIE-Image, without the model that rewrites prompts."""
    torch.manual_seed(0)
    config = transformers.Mistral3Config(
        text_config=transformers.MistralConfig(
            hidden_size=16,
            intermediate_size=16,
            num_hidden_layers=2,
            num_attention_heads=2,
            num_key_value_heads=2,
            head_dim=8,
            vocab_size=1000,
        ),
        vision_config=transformers.PixtralVisionConfig(
            hidden_size=16,
            intermediate_size=16,
            num_hidden_layers=1,
            num_attention_heads=2,
            image_size=32,
            patch_size=16,
        ),
    )
    transformer = diffusers.ErnieImageTransformer2DModel(
        hidden_size=32,
        num_attention_heads=2,
        num_layers=2,
        ffn_hidden_size=32,
        in_channels=16,
        out_channels=16,
        text_in_dim=16,
        rope_axes_dim=(4, 4, 8),
    )
    return diffusers.ErnieImagePipeline(
        scheduler=diffusers.FlowMatchEulerDiscreteScheduler(),
        vae=flux2().vae,
        text_encoder=transformers.Mistral3Model(config),
        tokenizer=byte_tokenizer(),
        transformer=transformer,
    )


def qwen_2_1() -> Any:
    """Qwen-Image-2.1, which draws and edits, in four channels."""
    torch.manual_seed(0)
    tokenizer = byte_tokenizer()
    number = tokenizer.convert_tokens_to_ids
    plain = _qwen3_vl().config
    config = transformers.Qwen3VLConfig(
        text_config=plain.text_config.to_dict(),
        vision_config=plain.vision_config.to_dict(),
        image_token_id=number("<|image_pad|>"),
        video_token_id=number("<|video_pad|>"),
        vision_start_token_id=number("<|vision_start|>"),
        vision_end_token_id=number("<|vision_end|>"),
    )
    patches = {"patch_size": 16, "temporal_patch_size": 2, "merge_size": 2}
    processor = transformers.Qwen3VLProcessor(
        image_processor=transformers.Qwen2VLImageProcessor(**patches),
        tokenizer=tokenizer,
        video_processor=transformers.Qwen3VLVideoProcessor(**patches),
        chat_template=CHAT_TEMPLATE,
    )
    return diffusers.QwenImage21Pipeline(
        scheduler=diffusers.FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True),
        vae=diffusers.AutoencoderKLQwenImage21(
            base_dim=8,
            decoder_base_dim=8,
            z_dim=16,
            dim_mult=[1, 1, 2, 2, 2],
            num_res_blocks=1,
            latents_mean=[0.0] * 16,
            latents_std=[1.0] * 16,
        ),
        text_encoder=transformers.Qwen3VLForConditionalGeneration(config),
        processor=processor,
        transformer=diffusers.QwenImage21Transformer2DModel(
            in_channels=16,
            out_channels=16,
            num_layers=2,
            attention_head_dim=16,
            num_attention_heads=2,
            context_in_dim=16,
            axes_dims_rope=(4, 4, 8),
        ),
    )
