"""Draws with diffusers what was trained in the JVM, and compares the latents with those that the JVM draws.

usage: trained_here.py MODEL WORK

MODEL is a diffusers folder (sd15-shapes/src/main/resources/shapes). Two runs: the first writes WORK/start.safetensors, then
`./sd15 generate --latents WORK/start.safetensors --dump WORK/NAME.safetensors --steps 5 --guidance 5 --prompt ...` is run for
each NAME, and the second compares. NAMEs: base; lora (with WORK/lora.file.safetensors); word (with
WORK/word.file.safetensors, prompt "a <it> circle on a white background"); full (the folder WORK/full.model).
"""
import os
import sys

import torch
from diffusers import StableDiffusionPipeline
from safetensors.torch import load_file, save_file

PROMPT = "a red circle on a white background"


def draw(pipeline, prompt, start):
    pipeline.set_progress_bar_config(disable=True)
    pipeline.safety_checker = None
    return pipeline(prompt, num_inference_steps=5, guidance_scale=5.0, latents=start.clone(), output_type="latent").images


def main(model, work):
    path = os.path.join(work, "start.safetensors")
    if not os.path.exists(path):
        save_file({"latents": torch.randn(1, 4, 16, 16, generator=torch.Generator().manual_seed(3))}, path)
    start = load_file(path)["latents"]
    pipeline = StableDiffusionPipeline.from_pretrained(model)
    drawn = {"base": draw(pipeline, PROMPT, start)}
    file = os.path.join(work, "%s.file.safetensors")
    if os.path.exists(file % "lora"):
        pipeline.load_lora_weights(file % "lora")
        drawn["lora"] = draw(pipeline, PROMPT, start)
        pipeline.unload_lora_weights()
    if os.path.exists(file % "word"):
        pipeline.load_textual_inversion(file % "word")
        drawn["word"] = draw(pipeline, PROMPT.replace("red", "<it>"), start)
    if os.path.exists(os.path.join(work, "full.model")):
        full = StableDiffusionPipeline.from_pretrained(os.path.join(work, "full.model"))
        drawn["full"] = draw(full, PROMPT, start)
    for name, latents in drawn.items():
        dump = os.path.join(work, name + ".safetensors")
        if os.path.exists(dump):
            here = load_file(dump)["latents"]
            largest = latents.abs().max()
            print(f"{name}: largest difference {(latents - here).abs().max() / largest:.1e} of the largest value;"
                  f" it differs from the untrained model's by {(latents - drawn['base']).abs().max() / largest:.1e}")


if __name__ == "__main__":
    torch.set_num_threads(1)
    main(*sys.argv[1:3])
