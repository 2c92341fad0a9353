"""One measurement with PyTorch, in this process; prints what `sd15 bench --json` prints."""
import argparse
import json
import re
import time
from pathlib import Path

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from transformers import CLIPTextModel


def unet(folder, dtype, batch, size):
    model = UNet2DConditionModel.from_pretrained(folder / "unet", torch_dtype=dtype).eval()
    sample = torch.randn(batch, 4, size, size, dtype=dtype)
    context = torch.randn(batch, 77, 768, dtype=dtype)

    def run():
        with torch.inference_mode():
            model(sample, 981, context)
    return run


def vae(folder, dtype, batch, size):
    model = AutoencoderKL.from_pretrained(folder / "vae", torch_dtype=dtype).eval()
    latents = torch.randn(batch, 4, size, size, dtype=dtype)

    def run():
        with torch.inference_mode():
            model.decode(latents)
    return run


def text(folder, dtype, batch, size):
    model = CLIPTextModel.from_pretrained(folder / "text_encoder", torch_dtype=dtype).eval()
    ids = torch.arange(77).repeat(batch, 1)

    def run():
        with torch.inference_mode():
            model(ids)
    return run


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


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("what", choices=["unet", "vae", "text", "train-lora", "train-full"])
    arguments.add_argument("--model", type=Path, required=True)
    arguments.add_argument("--batch", type=int, default=1)
    arguments.add_argument("--size", type=int, default=64)
    arguments.add_argument("--runs", type=int, default=3)
    arguments.add_argument("--precision", choices=["float32", "bfloat16"], default="float32")
    a = arguments.parse_args()
    make = {"unet": unet, "vae": vae, "text": text, "train-lora": train_lora, "train-full": train_full}[a.what]
    start = time.perf_counter()
    run = make(a.model, getattr(torch, a.precision), a.batch, a.size)
    loaded = time.perf_counter() - start
    run()
    seconds = []
    for _ in range(a.runs):
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
    peak = int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1]) * 1024 / 1e9
    print(json.dumps({
        "what": a.what, "batch": a.batch, "size": a.size, "precision": a.precision, "execution": "pytorch",
        "threads": torch.get_num_threads(), "load_seconds": loaded, "seconds": seconds, "peak_rss_gb": peak}))


if __name__ == "__main__":
    main()
