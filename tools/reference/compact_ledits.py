"""Gathers what the tests need of make_pipeline.py's LEDITS++ cases in one small file.

    python compact_ledits.py PIPELINES OUTPUT.safetensors

What all cases share is kept once, masks as half precision without their repeated channels, latents after every fifth step."""
import glob
import os
import sys

import torch
from safetensors.torch import load_file, save_file

source, output = sys.argv[1:]
tensors, kinds = {}, {"ledits_ddim": "ddim", "ledits_ddim_none": "ddim", "ledits_source_prompt": "source"}
for path in sorted(glob.glob(os.path.join(source, "ledits_*.safetensors"))):
    name, case = os.path.basename(path)[:-12], load_file(path)
    kind = kinds.get(name, "plain")
    for key, value in {"image_in": case["image_in"], "z0": case["z0"], "noise": case["noise"]}.items():
        assert torch.equal(tensors.setdefault(key, value), value), (name, key)
    for key in ("init_latents", "zs"):
        value = case[key].contiguous()
        assert torch.equal(tensors.setdefault(f"{kind}.{key}", value), value), (name, key)
    tensors[f"{name}.latents_steps"] = case["latents_steps"][4::5].contiguous()
    if "masks" in case:
        masks = case["masks"][:, :, :, 0]
        assert torch.equal(masks[:, :, :, None].expand_as(case["masks"]), case["masks"])
        tensors[f"{name}.masks"] = masks.half().contiguous()
save_file(tensors, output)
