"""Configurations of schedulers as diffusers saves them, and eight steps of each: python saved_schedulers.py OUT.json SHAPES LATENTS.json
FOREIGN.json SEEDS.json ROUNDING.safetensors (needs SciPy and torchsde)

Every class is saved with its own defaults and made from PNDM's configuration in Stable Diffusion 1.5. It is loaded again, handed
to StableDiffusionPipeline, which mends what old models got wrong, and run with the model of make_pipeline.py. LATENTS.json has what
every fourth value of what the same pipeline draws with the small model of train_shapes.py, half the size that this is made for. SEEDS.json
has the same of other seeds, for the classes that multiply rounding most; where PyTorch's own single precision ends further than 2e-3 from
its double precision, another picture is as good, and it is left out. ROUNDING.safetensors has what the UNet predicts in both precisions."""
import json, sys, tempfile
from pathlib import Path

import diffusers, torch
from diffusers import PNDMScheduler, StableDiffusionPipeline
from safetensors.torch import save_file

SD15 = dict(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", num_train_timesteps=1000, set_alpha_to_one=False,
            skip_prk_steps=True, steps_offset=1, trained_betas=None)
CLASSES = ["DDIM", "PNDM", "DDPM", "LMSDiscrete", "EulerDiscrete", "EulerAncestralDiscrete", "HeunDiscrete", "DPMSolverMultistep",
           "UniPCMultistep", "LCM", "KDPM2Discrete", "KDPM2AncestralDiscrete", "DPMSolverSDE", "DPMSolverSinglestep", "DEISMultistep", "TCD",
           "SASolver", "DPMSolverMultistepInverse", "IPNDM", "DDIMInverse", "DDIMParallel", "DDPMParallel"]

OWN_ROUNDING = {"KDPM2Discrete-pndm-2": 5.6e-3}


def saved(scheduler):
    with tempfile.TemporaryDirectory() as folder:
        scheduler.save_pretrained(folder)
        return (Path(folder) / "scheduler_config.json").read_text()


def foreign():
    configurations = {}
    for name in sorted(name for name in dir(diffusers) if name.endswith("Scheduler") and name.removesuffix("Scheduler") not in CLASSES):
        kind = getattr(diffusers, name)
        for origin, make in (("own", kind), ("pndm", lambda: kind.from_config(PNDMScheduler(**SD15).config))):
            try:
                configurations[f"{name}-{origin}"] = json.loads(saved(make()))
            except (TypeError, ValueError) as refused:  # arguments without a default, or a schedule of its own
                print(name, origin, refused)
    return configurations


def latents(scheduler):
    pipeline = StableDiffusionPipeline(vae=None, text_encoder=None, tokenizer=None, unet=None, scheduler=scheduler, safety_checker=None,
                                       feature_extractor=None, requires_safety_checker=False)
    random = torch.Generator().manual_seed(7)
    scheduler.set_timesteps(8)
    x = torch.randn(1, 4, 2, 2, generator=random) * scheduler.init_noise_sigma
    torch.set_rng_state(random.get_state())  # a Brownian tree takes its seed from the global generator
    arguments = pipeline.prepare_extra_step_kwargs(random, 0.0)
    for t in scheduler.timesteps:
        model_input = scheduler.scale_model_input(x, t).double()
        output = (0.3 * model_input + 0.1 * torch.sin(3 * model_input) + float(t) / 1000 * 0.05).float()
        x = scheduler.step(output, t, x, **arguments).prev_sample
    return [float(value) for value in x.flatten()]


def drawn(parts, scheduler, seed=6):
    pipeline = StableDiffusionPipeline(**parts, scheduler=scheduler, safety_checker=None, feature_extractor=None, requires_safety_checker=False)
    pipeline.set_progress_bar_config(disable=True)
    torch.manual_seed(seed)  # the global generator, since a Brownian tree takes its seed from there
    size = pipeline.unet.config.sample_size * pipeline.vae_scale_factor // 2
    latents = pipeline("a red circle", num_inference_steps=8, width=size, height=size, output_type="latent").images
    return [float(f"{float(value):.6g}") for value in latents.flatten()[::4]]


def seeds(parts):
    runs = {}
    for name in ("DPMSolverSDE", "KDPM2Discrete", "KDPM2AncestralDiscrete", "PNDM", "DPMSolverSinglestep"):
        kind = getattr(diffusers, name + "Scheduler")
        for origin, make in (("own", kind), ("pndm", lambda: kind.from_config(PNDMScheduler(**SD15).config))):
            for seed in range(6 if name == "DPMSolverSDE" else 4):
                if f"{name}-{origin}-{seed}" not in OWN_ROUNDING:
                    runs[f"{name}-{origin}-{seed}"] = drawn(parts, make(), seed)
    return runs


def rounding(unet, text_encoder, tokenizer):
    states = text_encoder(tokenizer(["", "a red circle"], padding="max_length", return_tensors="pt").input_ids)[0].detach()
    torch.manual_seed(0)
    sample = torch.randn(1, 4, 8, 8)
    out = dict(sample=sample, states=states.contiguous())
    for t in (981, 901, 501, 101):
        for name, dtype in (("float32", torch.float32), ("float64", torch.float64)):
            with torch.no_grad():
                out[f"{name}.{t}"] = unet.to(dtype)(sample.repeat(2, 1, 1, 1).to(dtype), t, states.to(dtype)).sample.contiguous()
    unet.float()
    return out


def table(path, values):
    Path(path).write_text("{\n" + ",\n".join(f"{json.dumps(name)}: {json.dumps(value)}" for name, value in values.items()) + "\n}\n")


out, pictures = {}, {}
whole = StableDiffusionPipeline.from_pretrained(sys.argv[2])
parts = {name: getattr(whole, name) for name in ("vae", "text_encoder", "tokenizer", "unet")}
for name in CLASSES:
    kind = getattr(diffusers, name + "Scheduler")
    for origin, scheduler in (("own", kind()), ("pndm", kind.from_config(PNDMScheduler(**SD15).config))):
        with tempfile.TemporaryDirectory() as folder:
            scheduler.save_pretrained(folder)
            out[f"{name}-{origin}"] = dict(config=(Path(folder) / "scheduler_config.json").read_text(),
                                           latents=latents(kind.from_pretrained(folder)))
            pictures[f"{name}-{origin}"] = drawn(parts, kind.from_pretrained(folder))
Path(sys.argv[1]).write_text(json.dumps(out, indent=1) + "\n")
table(sys.argv[3], pictures)
table(sys.argv[4], foreign())
table(sys.argv[5], seeds(parts))
save_file(rounding(*(parts[name] for name in ("unet", "text_encoder", "tokenizer"))), sys.argv[6])
