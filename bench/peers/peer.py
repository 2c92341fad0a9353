"""One measurement with PyTorch or another engine, in this process; prints what `sd15 bench --json` prints."""
import argparse
import json
import re
import time
from pathlib import Path

import torch
from diffusers import AutoencoderKL, StableDiffusionPipeline, UNet2DConditionModel
from transformers import CLIPTextModel

from engines import ENGINES


class First(torch.nn.Module):
    """The first output of a module, as a plain tensor."""

    def __init__(self, module):
        super().__init__()
        self.module = module

    def forward(self, *inputs):
        return self.module(*inputs, return_dict=False)[0]


class Decoder(torch.nn.Module):
    def __init__(self, autoencoder):
        super().__init__()
        self.autoencoder = autoencoder

    def forward(self, latents):
        return self.autoencoder.decode(latents, return_dict=False)[0]


def unet(folder, dtype, batch, size):
    model = UNet2DConditionModel.from_pretrained(folder / "unet", torch_dtype=dtype).eval()
    sample = torch.randn(batch, 4, size, size, dtype=dtype)
    return First(model), (sample, torch.tensor(981), torch.randn(batch, 77, 768, dtype=dtype))


def vae(folder, dtype, batch, size):
    model = AutoencoderKL.from_pretrained(folder / "vae", torch_dtype=dtype).eval()
    return Decoder(model), (torch.randn(batch, 4, size, size, dtype=dtype),)


def text(folder, dtype, batch, size):
    model = CLIPTextModel.from_pretrained(folder / "text_encoder", torch_dtype=dtype).eval()
    return First(model), (torch.arange(77).repeat(batch, 1),)


def picture(folder, dtype, batch, size, steps):
    """A whole picture with diffusers, from files to pixels; nothing is warmed up."""
    start = time.perf_counter()
    pipeline = StableDiffusionPipeline.from_pretrained(folder, torch_dtype=dtype, safety_checker=None)
    pipeline.set_progress_bar_config(disable=True)
    loaded = time.perf_counter() - start
    pipeline("a cat on a bench", height=8 * size, width=8 * size, num_inference_steps=steps, num_images_per_prompt=batch)
    return loaded, time.perf_counter() - start


def train_lora(folder, dtype, batch, size):
    from peft import LoraConfig

    model = UNet2DConditionModel.from_pretrained(folder / "unet", torch_dtype=dtype)
    model.requires_grad_(False)
    model.add_adapter(LoraConfig(r=4, lora_alpha=4, target_modules=["to_q", "to_k", "to_v", "to_out.0"]))
    return step(model, dtype, batch, size)


def train_full(folder, dtype, batch, size):
    model = UNet2DConditionModel.from_pretrained(folder / "unet", torch_dtype=dtype)
    return step(model, dtype, batch, size)


def step(model, dtype, batch, size):
    parameters = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(parameters, lr=1e-4)
    latents = torch.randn(batch, 4, size, size, dtype=dtype)
    noise = torch.randn_like(latents)
    context = torch.randn(batch, 77, 768, dtype=dtype)

    def run():
        optimizer.zero_grad()
        loss = torch.nn.functional.mse_loss(model(latents, 500, context).sample, noise)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
    return run


def work(a, dtype):
    """One run, and what it needs before."""
    if a.what.startswith("train"):
        return {"train-lora": train_lora, "train-full": train_full}[a.what](a.model, dtype, a.batch, a.size)
    # Other engines take weights of float32 and are told in which precision to compute.
    own = dtype if a.engine == "pytorch" else torch.float32
    module, inputs = {"unet": unet, "vae": vae, "text": text}[a.what](a.model, own, a.batch, a.size)
    with torch.inference_mode():
        return ENGINES[a.engine](module, inputs, dtype == torch.bfloat16)


def repeated(a, dtype):
    """Seconds of loading, and of each run after a warm-up."""
    start = time.perf_counter()
    run = work(a, dtype)
    loaded = time.perf_counter() - start
    run()
    seconds = []
    for _ in range(a.runs):
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
    return loaded, seconds


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("what", choices=["picture", "unet", "vae", "text", "train-lora", "train-full"])
    arguments.add_argument("--model", type=Path, required=True)
    arguments.add_argument("--batch", type=int, default=1)
    arguments.add_argument("--size", type=int, default=64)
    arguments.add_argument("--runs", type=int, default=3)
    arguments.add_argument("--engine", choices=ENGINES, default="pytorch")
    arguments.add_argument("--steps", type=int, default=3, help="of a picture")
    arguments.add_argument("--precision", choices=["float32", "bfloat16"], default="float32")
    a = arguments.parse_args()
    dtype = getattr(torch, a.precision)
    if a.what == "picture":
        loaded, total = picture(a.model, dtype, a.batch, a.size, a.steps)
        seconds = [total]
    else:
        loaded, seconds = repeated(a, dtype)
    peak = int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1]) * 1024 / 1e9
    print(json.dumps({
        "what": a.what, "batch": a.batch, "size": a.size, "precision": a.precision, "execution": a.engine,
        "threads": torch.get_num_threads(), "load_seconds": loaded, "seconds": seconds, "peak_rss_gb": peak}))


if __name__ == "__main__":
    main()
