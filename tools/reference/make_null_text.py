"""Null-text inversion written out in PyTorch, in float64, on the small trained model: 3 steps, 4 inner steps.

    python make_null_text.py SHAPES_MODEL DDIM_INVERSION.safetensors OUTPUT.safetensors"""
import sys

import torch
from diffusers import DDIMScheduler, StableDiffusionPipeline
from safetensors.torch import load_file, save_file

folder, start, output = sys.argv[1:]
STEPS, INNER, GUIDANCE, RATE = 3, 4, 7.5, 1e-2
pipe = StableDiffusionPipeline.from_pretrained(folder, safety_checker=None, requires_safety_checker=False).to(torch.float64)
pipe.unet.requires_grad_(False)

scheduler = DDIMScheduler.from_config(dict(num_train_timesteps=1000, beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear",
                                           steps_offset=1, set_alpha_to_one=False, clip_sample=False))
scheduler.set_timesteps(STEPS)
alphas, stride = scheduler.alphas_cumprod.double(), 1000 // STEPS
text, null = (pipe.encode_prompt(p, "cpu", 1, False)[0].detach() for p in ("a large orange square on a white background", ""))


def level(t):
    return alphas[max(t, 0)]


def step(x, eps, source, target):
    return target.sqrt() * (x - (1 - source).sqrt() * eps) / source.sqrt() + (1 - target).sqrt() * eps


def predict(x, t, context):
    return pipe.unet(x, t, context).sample


times = [int(t) for t in scheduler.timesteps]
way = [load_file(start)["latents"][0].double()]
with torch.no_grad():
    for t in reversed(times):
        way.append(step(way[-1], predict(way[-1], t, text), level(t - stride), level(t)))
x, context, found = way[-1], null.clone(), []
for i, t in enumerate(times):
    context = context.clone().requires_grad_(True)
    adam = torch.optim.Adam([context], lr=RATE * (1 - i / 100))
    with torch.no_grad():
        conditional = predict(x, t, text)
    for _ in range(INNER):
        unconditional = predict(x, t, context)
        reached = step(x, unconditional + GUIDANCE * (conditional - unconditional), level(t), level(t - stride))
        loss = torch.nn.functional.mse_loss(reached, way[STEPS - i - 1])
        adam.zero_grad()
        loss.backward()
        adam.step()
        if loss.item() < 1e-5 + i * 2e-5:
            break
    context = context.detach()
    found.append(context)
    with torch.no_grad():
        unconditional = predict(x, t, context)
        x = step(x, unconditional + GUIDANCE * (conditional - unconditional), level(t), level(t - stride))
save_file(dict(text=text, null=null, z0=way[0], noise=way[-1], null_texts=torch.stack(found), last=x), output)
print((x - way[0]).abs().max(), [float((c - null).abs().max()) for c in found])
