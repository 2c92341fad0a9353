"""Outputs of UNets of the Stable Diffusion 1.x family with other settings than 1.5's: python make_variants.py OUT.safetensors [VARIANT]...

Weights and inputs by the rule. Keys: <variant>/out in float32 and <variant>/out-f64; inputs are input.<variant>.sample, .context."""
import copy, sys
from pathlib import Path

import torch
from diffusers import UNet2DConditionModel

from recording import save
from rule import fill, uniform

CROSS, DOWN, UP, CROSS_UP = "CrossAttnDownBlock2D", "DownBlock2D", "UpBlock2D", "CrossAttnUpBlock2D"
VARIANTS = {
    "inpainting": dict(in_channels=9, block_out_channels=(16, 24), down_block_types=(CROSS, DOWN), up_block_types=(UP, CROSS_UP), layers_per_block=1),
    "instructions": dict(in_channels=8, block_out_channels=(16, 32, 32), down_block_types=(CROSS, CROSS, DOWN), up_block_types=(UP, CROSS_UP, CROSS_UP),
                         layers_per_block=2, use_linear_projection=True),
    "deep": dict(in_channels=4, block_out_channels=(16, 16, 24, 24, 32), down_block_types=(DOWN, CROSS, DOWN, CROSS, CROSS),
                 up_block_types=(CROSS_UP, UP, CROSS_UP, CROSS_UP, UP), layers_per_block=3),
    "single": dict(in_channels=4, block_out_channels=(24,), down_block_types=(CROSS,), up_block_types=(CROSS_UP,), layers_per_block=2),
    "heads": dict(in_channels=4, block_out_channels=(16, 24, 32), down_block_types=(CROSS, CROSS, CROSS), up_block_types=(CROSS_UP, CROSS_UP, CROSS_UP),
                  layers_per_block=1, attention_head_dim=(2, 3, 8)),
}
out = {}
for name in sys.argv[2:] or VARIANTS:
    settings = dict(attention_head_dim=4) | VARIANTS[name]
    model = fill(UNet2DConditionModel(sample_size=8, out_channels=4, cross_attention_dim=20, norm_num_groups=8, **settings))
    sample = uniform(f"input.{name}.sample", (2, settings["in_channels"], 11, 6))
    context = uniform(f"input.{name}.context", (2, 9, 20))
    for key, dtype in (("out", torch.float32), ("out-f64", torch.float64)):
        with torch.no_grad():
            net = copy.deepcopy(model).to(dtype)
            out[f"{name}/{key}"] = net(sample.to(dtype), torch.tensor([7, 803]), context.to(dtype)).sample
    print(name, ((out[f"{name}/out"] - out[f"{name}/out-f64"]).abs().max() / out[f"{name}/out"].abs().max()).item())
save(Path(sys.argv[1]), out)
