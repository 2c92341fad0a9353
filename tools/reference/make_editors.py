"""Reference numbers for the editors: MasaCtrl, Attend-and-Excite, Delta Denoising Score, InstructPix2Pix, pix2pix-zero; and for resizing.

    python make_editors.py ../../sd15-pipeline/src/test/resources/reference

Attend-and-Excite (as published) and InstructPix2Pix are run by diffusers' own pipelines. The others are written out in PyTorch with
autograd, in float64, on the small trained model: masked MasaCtrl with its two softmaxes, gradients through the whole UNet. Start noise and
masks are functions of their names (rule.py). Results go to editors/*.safetensors, in float32."""
import math
import pathlib
import sys

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from diffusers import (DDIMScheduler, EulerAncestralDiscreteScheduler, StableDiffusionAttendAndExcitePipeline, StableDiffusionInstructPix2PixPipeline,
                       StableDiffusionPipeline, UNet2DConditionModel)
from safetensors.torch import load_file, save_file

from rule import fill, uniform

SD15 = dict(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", num_train_timesteps=1000, set_alpha_to_one=False, steps_offset=1, clip_sample=False)
CIRCLE, STAR = "a large red circle on a gray background", "a large red star on a gray background"
ATTEND = "a red circle and a blue star"
STEPS, W = 6, 7.5
ROOT = pathlib.Path(sys.argv[1])
torch.set_grad_enabled(False)
pipe = StableDiffusionPipeline.from_pretrained(ROOT / "shapes")
unet = UNet2DConditionModel.from_pretrained(ROOT / "shapes", subfolder="unet").double()
NOISE = uniform("editing.noise", (1, 4, 16, 16)).double()


def save(name, **tensors):
    (ROOT / "editors").mkdir(exist_ok=True)
    save_file({k: torch.as_tensor(v).detach().float().contiguous() for k, v in tensors.items()}, ROOT / "editors" / f"{name}.safetensors")
    print(name, {k: tuple(torch.as_tensor(v).shape) for k, v in tensors.items()})


def text(*prompts):
    return torch.cat([pipe.encode_prompt(p, "cpu", 1, False)[0] for p in prompts]).double()


def tokens(prompt, word):
    """Positions of a word; words are split at blanks."""
    at, found = 1, []
    for piece in prompt.split():
        n = len(pipe.tokenizer(piece).input_ids) - 2
        if piece == word:
            found += range(at, at + n)
        at += n
    return found


class Attention:
    """Runs every attention of the UNet, keeps cross maps, calls `self_` in place of self attention."""

    def __init__(self, model):
        self.maps, self.self_ = {}, None
        names = [n for n in model.attn_processors]
        order = [n for part in ("down", "mid", "up") for n in names if n.startswith(part)]
        indices = {n: i // 2 for i, n in enumerate(order)}
        model.set_attn_processor({n: self.processor(n, indices[n]) for n in names})

    def processor(self, name, index):
        def run(attn, x, encoder_hidden_states=None, attention_mask=None, **_):
            cross = encoder_hidden_states is not None
            context = encoder_hidden_states if cross else x
            q, k, v = (f(y).unflatten(-1, (attn.heads, -1)).transpose(1, 2) for f, y in ((attn.to_q, x), (attn.to_k, context), (attn.to_v, context)))
            if not cross and self.self_ is not None:
                y = self.self_(index, q, k, v)
            else:
                p = (q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])).softmax(-1)  # [rows, heads, queries, keys]
                if cross:
                    self.maps[index] = p
                y = p @ v
            return attn.to_out[0](y.transpose(1, 2).flatten(-2))
        return run


hook = Attention(unet)
scheduler = DDIMScheduler(**SD15)
scheduler.set_timesteps(STEPS)


def guided(x, t, context):
    u, c = unet(torch.cat([x, x]), t, context).sample.chunk(2)
    return u + W * (c - u)


def step(e, t, x):
    return scheduler.step(e, t, x).prev_sample


# ---------------------------------------------------------------- MasaCtrl
def softmax(q, k, v, keep=None):
    s = q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])
    if keep is not None:
        s = s.masked_fill(keep == 0, torch.finfo(s.dtype).min)
    return s.softmax(-1) @ v


def masactrl(start_step, start_layer, masks=None, words=None):
    """Rows: unconditional source and target, conditional source and target. Masks: [16, 16] of source and target."""
    context, x = text("", "", CIRCLE, STAR), NOISE.repeat(2, 1, 1, 1)

    def from_words(index):
        seen = torch.stack([hook.maps[i].mean(1) for i in (1, 3, 4)]).mean(0).unflatten(1, (8, 8))  # the 8x8 maps of this very step
        found = []
        for row, at in ((2, tokens(CIRCLE, words[0])), (3, tokens(STAR, words[1]))):
            m = seen[row][..., at].sum(-1)
            m = (m - m.min()) / (m.max() - m.min())
            found.append((m >= 0.1).double())
        return found

    def self_(index, q, k, v):
        if now < start_step or index < start_layer:
            return softmax(q, k, v)
        source = [0, 0, 2, 2]
        plain = softmax(q, k[source], v[source])
        if masks is None and words is None:
            return plain
        side = math.isqrt(q.shape[2])
        m_s, m_t = (F.interpolate(m[None, None], (side, side), mode="nearest").flatten() for m in (masks or from_words(index)))
        inside, outside = softmax(q, k[source], v[source], m_s), softmax(q, k[source], v[source], 1 - m_s)
        mixed = inside * m_t[:, None] + outside * (1 - m_t[:, None])
        return torch.where(torch.tensor([0, 1, 0, 1]).bool()[:, None, None, None], mixed, plain)

    hook.self_ = self_
    for now, t in enumerate(scheduler.timesteps):
        x = step(guided(x, t, context), t, x)
    hook.self_ = None
    return x


def masks():
    y, x = torch.meshgrid(torch.arange(16), torch.arange(16), indexing="ij")
    return [((y - 8) ** 2 + (x - 8) ** 2 < 25).double(), ((y > 3) & (x > 4) & (y < 13)).double()]


save("masactrl", plain=masactrl(2, 3), late=masactrl(4, 5), masked=masactrl(1, 3, masks()), words=masactrl(1, 5, words=("circle", "star")),
     mask_source=masks()[0], mask_target=masks()[1])


# ---------------------------------------------------------------- Attend-and-Excite
def excite_loss(x, t, context, subjects, last, kernel):
    """last: the column where the softmax ends."""
    unet(x, t, context)
    a = torch.cat([hook.maps[i] for i in (1, 3, 4)], 1)[0].mean(0)[:, 1:last]
    a = (100 * a).softmax(-1).T.unflatten(1, (8, 8))
    peaks = [F.conv2d(F.pad(a[i - 1][None, None], (1, 1, 1, 1), mode="reflect"), kernel[None, None]).max() for i in subjects]
    return max(1 - p for p in peaks).clamp(min=0)


def attend(kernel, last, thresholds, until=3):
    context, x = text("", ATTEND), NOISE
    subjects, log = [tokens(ATTEND, w)[0] for w in ("circle", "star")], {}
    rate = 20 * torch.linspace(1, 0.5, STEPS).double().sqrt()

    def slope(x, t):
        with torch.enable_grad():
            y = x.clone().requires_grad_()
            loss = excite_loss(y, t, context[1:], subjects, last, kernel)
            return loss.detach(), torch.autograd.grad(loss, y)[0] if loss > 0 else torch.zeros_like(x)
    losses = []
    for k, t in enumerate(scheduler.timesteps):
        if k in thresholds:
            loss, g = slope(x, t)
            target, tries = 1 - thresholds[k], 0
            while loss > target and tries < 20 or tries and losses[-1] > target and tries < 20:  # one more update follows the crossing
                losses.append(loss)
                x, tries = x - rate[k] * g, tries + 1
                loss, g = slope(x, t)
        if k < until:
            loss, g = slope(x, t)
            losses.append(loss)
            if k == 0:
                log |= dict(first=x, first_gradient=g)
            x = x - rate[k] * g
        x = step(guided(x, t, context), t, x)
    return log | dict(latents=x, losses=torch.stack(losses))


end = len(pipe.tokenizer(ATTEND).input_ids) - 1
narrow = torch.exp(-torch.tensor([1.0, 0, 1.0], dtype=torch.float64) / (2 * 0.5 ** 2)); narrow = narrow / narrow.sum()
wide = torch.exp(-torch.tensor([1.0, 0, 1.0], dtype=torch.float64)); wide = wide / wide.sum()  # as published: exp(-(x / (2 * 0.5))^2)
corrected = attend(torch.outer(narrow, narrow), end, {0: 0.6, 2: 0.3})
published = attend(torch.outer(wide, wide), 76, {0: 0.05, 2: 0.02})
theirs = StableDiffusionAttendAndExcitePipeline(vae=pipe.vae, text_encoder=pipe.text_encoder, tokenizer=pipe.tokenizer, unet=pipe.unet,
                                                scheduler=DDIMScheduler(**SD15), safety_checker=None, feature_extractor=None, requires_safety_checker=False)
with torch.enable_grad():
    diffusers_latents = theirs(ATTEND, [tokens(ATTEND, w)[0] for w in ("circle", "star")], attn_res=(8, 8), num_inference_steps=STEPS, guidance_scale=W, latents=NOISE.float(),
                               max_iter_to_alter=3, thresholds={0: 0.05, 2: 0.02}, output_type="latent").images
print("published against diffusers", (published["latents"] - diffusers_latents).abs().max(), published["losses"], corrected["losses"])
save("attend", **{f"corrected.{k}": v for k, v in corrected.items()}, **{f"published.{k}": v for k, v in published.items()}, diffusers=diffusers_latents)


# ---------------------------------------------------------------- Delta Denoising Score
def dds(z0, source, target, sds=False, iterations=5):
    context, z = text("", "", source, target), z0
    generator = torch.Generator().manual_seed(3)
    for _ in range(iterations):
        t = torch.randint(50, 949, (1,), generator=generator)
        e = torch.randn(z.shape, generator=generator).double()
        noised = [scheduler.add_noise(y, e, t) for y in (z0, z)]
        u, c = unet(torch.cat(noised * 2), t, context).sample.chunk(2)
        e_s, e_t = u + W * (c - u)
        z = z - 0.1 * 2000 / 4096 * (e_t - (e[0] if sds else e_s))
    return z


z0 = load_file(ROOT / "pipelines/ddim_inversion.safetensors")["latents"][0].double()
ORANGE, BLUE = "a large orange square on a white background", "a large blue square on a white background"
save("dds", dds=dds(z0, ORANGE, BLUE), sds=dds(z0, ORANGE, BLUE, sds=True))


# ---------------------------------------------------------------- pix2pix-zero
def zero(amount, sources, targets):
    direction = text(*targets).mean(0) - text(*sources).mean(0)
    source, x_s, x_t = text("", CIRCLE), NOISE, NOISE
    target = torch.stack([source[0], source[1] + direction])
    for k, t in enumerate(scheduler.timesteps):
        unet(x_s, t, source[1:])
        wanted = dict(hook.maps)
        with torch.enable_grad():
            y = x_t.clone().requires_grad_()
            unet(y, t, target[1:])
            loss = sum(((hook.maps[i] - wanted[i]) ** 2).sum((2, 3)).mean() for i in wanted)
            g = torch.autograd.grad(loss, y)[0]
        if k == 1:
            first = dict(gradient=g, loss=loss.detach(), source=x_s, target=x_t)
        x_t = x_t - amount * g
        x_s, x_t = step(guided(x_s, t, source), t, x_s), step(guided(x_t, t, target), t, x_t)
    return first | dict(direction=direction, latents=torch.cat([x_s, x_t]))


save("pix2pix-zero", **zero(0.1, [CIRCLE, "a red circle", "a small red circle on a black background"], [STAR, "a red star", "a small red star on a black background"]))

# ---------------------------------------------------------------- InstructPix2Pix
eight = fill(UNet2DConditionModel(sample_size=16, in_channels=8, block_out_channels=(16, 24), layers_per_block=1, attention_head_dim=4, cross_attention_dim=128, norm_num_groups=8,
                                  down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"), up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
                                  mid_block_type="UNetMidBlock2DCrossAttn"))
picture = uniform("instruct.picture", (1, 3, 64, 64), scale=1.0)
results = {}
for name, sched, kw in (("euler_a", EulerAncestralDiscreteScheduler, dict(guidance_scale=7.5, image_guidance_scale=1.5)),
                        ("ddim", DDIMScheduler, dict(guidance_scale=4.0, image_guidance_scale=1.0, negative_prompt="green")),
                        ("unguided", DDIMScheduler, dict(guidance_scale=1.0, image_guidance_scale=1.5))):
    p = StableDiffusionInstructPix2PixPipeline(vae=pipe.vae, text_encoder=pipe.text_encoder, tokenizer=pipe.tokenizer, unet=eight, safety_checker=None, feature_extractor=None,
                                               scheduler=sched(**{k: v for k, v in SD15.items() if sched is DDIMScheduler or k not in ("set_alpha_to_one", "clip_sample", "steps_offset")}),
                                               requires_safety_checker=False)
    results[name] = p("make it a blue star", image=picture, num_inference_steps=4, generator=torch.Generator().manual_seed(5), output_type="latent", **kw).images
save("instruct", **results)

# ---------------------------------------------------------------- Pillow's Lanczos, on float pictures
plane = uniform("resize.picture", (11, 14), centre=0.5, scale=0.5)
save("resize", **{f"{h}x{w}": torch.from_numpy(np.array(Image.fromarray(plane.numpy()).resize((w, h), Image.LANCZOS))) for h, w in ((8, 16), (16, 8), (4, 4), (23, 40))})
