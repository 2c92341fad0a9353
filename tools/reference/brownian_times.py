"""Where torch's times of DPM-Solver SDE are others than correct rounding gives: python brownian_times.py TIMES OUT
(TIMES has a line a run, "beta_schedule spread spacing steps" and the bits of its times as BrownianNoise has them without the table)

Times go through MKL's root, logarithm and exponential in single precision, which are a last place off now and then; what a
Brownian motion does from such a time is another number. OUT has the times that differ once they are rounded to six decimals, as a
Brownian tree does: the bits, and how many places torch's lie above, for the betas of Stable Diffusion in 2 to 60 steps."""
import collections, sys

import numpy as np, torch
from diffusers import DPMSolverSDEScheduler


def times(steps, **config):
    scheduler = DPMSolverSDEScheduler(beta_start=0.00085, beta_end=0.012, steps_offset=1, **config)
    scheduler.set_timesteps(steps)
    t = [sigma.log().neg() for sigma in scheduler.sigmas[[0, *range(1, 2 * steps - 1, 2)]]]
    out = []
    for here, after in zip(t, t[1:]):
        out += [here.neg().exp(), (here + (after - here) * 0.5).neg().exp()]
    return np.array([*out, t[-1].neg().exp(), scheduler.sigmas[scheduler.sigmas > 0].min(), scheduler.sigmas.max()], np.float32)


seen = collections.defaultdict(collections.Counter)
for line in open(sys.argv[1]):
    betas, spread, spacing, steps, *bits = line.split()
    config = dict(beta_schedule=betas.lower(), timestep_spacing=spacing.lower())
    if spread != "none":
        config[f"use_{spread}_sigmas"] = True
    ours = np.array([int(b) for b in bits], np.int32)
    theirs = times(int(steps), **config)
    for here, there, value, other in zip(ours, theirs.view(np.int32), ours.view(np.float32), theirs):
        differs = round(float(value), 6) != round(float(other), 6)
        seen[int(here)][int(there - here) if differs else 0] += 1
rows = {bits: deltas.most_common(1)[0][0] for bits, deltas in seen.items()}
with open(sys.argv[2], "w") as out:
    for bits in sorted(rows):
        if rows[bits]:
            out.write(f"{bits:08x} {rows[bits]}\n")
