"""How far diffusers' own float32 goes apart in one run of LEDITS++: two concepts with noise masks, which amplify rounding.

    python ledits_spread.py ../../sd15-pipeline/src/test/resources/reference

Prints, for each two of (1 thread, 2 threads, 1 thread without oneDNN), the largest difference of the latents after steps 4, 9, 14 and 19.
With PyTorch 2.15.0 on an AMD EPYC without AVX-512 the largest was 8.0e-5."""
import pathlib
import sys
import types

import diffusers
import diffusers.pipelines.ledits_pp.pipeline_leditspp_stable_diffusion  # noqa: F401
import torch

import make_pipeline as recipe

SHAPES = pathlib.Path(sys.argv[1]) / "shapes"
WORDS = recipe.PROMPTS["shared"]
IMAGE, _ = recipe.picture("shared")


@torch.no_grad()
def latents(threads, onednn):
    torch.set_num_threads(threads)
    torch.backends.mkldnn.enabled = onednn
    base = diffusers.StableDiffusionPipeline.from_pretrained(SHAPES, safety_checker=None)
    text = base.text_encoder
    if "text_model" not in dict(text.named_children()):
        text.__dict__["text_model"] = types.SimpleNamespace(final_layer_norm=text.final_layer_norm)
    parts = {k: v for k, v in base.components.items() if k not in ("image_encoder", "scheduler")}
    config = {**recipe.SD15, "algorithm_type": "sde-dpmsolver++", "solver_order": 2}
    scheduler = diffusers.DPMSolverMultistepScheduler.from_config(config)
    pipe = recipe.ledits_class(2, True)(**parts, scheduler=scheduler, requires_safety_checker=False)
    pipe.set_progress_bar_config(disable=True)
    pipe.invert(IMAGE, generator=recipe.gen(WORDS["seed"]), num_inversion_steps=WORDS["steps"], skip=0.15, source_prompt="")
    steps = []

    def keep(_pipe, _index, _time, values):
        steps.append(values["latents"].clone())
        return values

    pipe(editing_prompt=WORDS["edits"], edit_threshold=0.8, edit_guidance_scale=6.0, use_intersect_mask=False, output_type="latent",
         callback_on_step_end=keep)
    return steps


runs = {f"{t} thread(s), oneDNN {o}": latents(t, o) for t, o in ((1, True), (2, True), (1, False))}
names = list(runs)
for i, one in enumerate(names):
    for other in names[:i]:
        print(one, "|", other, *(f"{float((runs[one][k] - runs[other][k]).abs().max()):.1e}" for k in (4, 9, 14, 19)))
