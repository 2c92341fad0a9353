"""Stable Diffusion 1.5 in its real size, with random weights, as diffusers folders in float32 and in float16."""
import json
from pathlib import Path

import torch
from diffusers import AutoencoderKL, PNDMScheduler, StableDiffusionPipeline, UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

# A tokenizer of a few hundred tokens: what a picture costs does not depend on which tokens it has.
TOKENIZER = Path(__file__).resolve().parents[2] / "sd15-shapes/src/main/resources/shapes/tokenizer"


def unet():
    return UNet2DConditionModel(
        sample_size=64, cross_attention_dim=768, attention_head_dim=8, block_out_channels=(320, 640, 1280, 1280))


def vae():
    return AutoencoderKL(
        block_out_channels=(128, 256, 512, 512), layers_per_block=2, latent_channels=4, sample_size=512,
        down_block_types=("DownEncoderBlock2D",) * 4, up_block_types=("UpDecoderBlock2D",) * 4)


def text_encoder():
    return CLIPTextModel(CLIPTextConfig(
        vocab_size=49408, hidden_size=768, intermediate_size=3072, num_hidden_layers=12, num_attention_heads=12))


def write(folder: Path):
    """Writes folder/float32 and folder/float16 once; a later call finds them."""
    if (folder / "float16" / "model_index.json").exists():
        return
    torch.manual_seed(0)
    scheduler = PNDMScheduler(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", skip_prk_steps=True, steps_offset=1)
    model = StableDiffusionPipeline(
        vae=vae(), text_encoder=text_encoder(), tokenizer=CLIPTokenizer.from_pretrained(TOKENIZER), unet=unet(),
        scheduler=scheduler, safety_checker=None, feature_extractor=None, requires_safety_checker=False)
    for dtype in (torch.float32, torch.float16):
        model.to(dtype).save_pretrained(folder / str(dtype).removeprefix("torch."), max_shard_size="10GB")
