"""Runs of diffusers' schedulers with the model of make_pipeline.py, small enough to be read: python scheduler_runs.py OUT.json
(needs SciPy and torchsde)

Each is made from the configuration of Stable Diffusion 1.5 and what the table says, "set" goes to set_timesteps and "step" to every
step. Of the Brownian tree the noise is written that is new at a call: the increment since the last time that was asked for, of unit
variance."""
import inspect, json, sys

import diffusers, numpy as np, torch
from diffusers.schedulers import scheduling_dpmsolver_sde

SD15 = dict(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", num_train_timesteps=1000, set_alpha_to_one=False,
            skip_prk_steps=True, steps_offset=1, clip_sample=False)
KARRAS, EXPONENTIAL, BETA = dict(use_karras_sigmas=True), dict(use_exponential_sigmas=True), dict(use_beta_sigmas=True)
V, THIRD, FIRST, HEUN = dict(prediction_type="v_prediction"), dict(solver_order=3), dict(solver_order=1), dict(solver_type="heun")
LEADING, TRAILING = dict(timestep_spacing="leading"), dict(timestep_spacing="trailing")
SIGMA_MIN, SEED = dict(final_sigmas_type="sigma_min"), dict(noise_sampler_seed=5)
SDE, OLD_SDE = dict(algorithm_type="sde-dpmsolver++"), dict(algorithm_type="sde-dpmsolver", **SIGMA_MIN)
OLD = dict(algorithm_type="dpmsolver", **SIGMA_MIN)
OWN = [999, 850, 701, 640, 512, 333, 190, 77, 12]

RUNS = {
    "KDPM2Discrete": [{}, KARRAS, EXPONENTIAL, BETA, V, LEADING],
    "KDPM2AncestralDiscrete": [{}, KARRAS, EXPONENTIAL, BETA, V, TRAILING],
    "DPMSolverSDE": [SEED, SEED | KARRAS, SEED | EXPONENTIAL, SEED | BETA, SEED | V, SEED | LEADING],
    "DPMSolverSinglestep": [{}, dict(lower_order_final=True), THIRD, THIRD | HEUN, THIRD | SIGMA_MIN, FIRST, HEUN, KARRAS, EXPONENTIAL, BETA, V,
                            SIGMA_MIN, SDE, SDE | HEUN, SDE | THIRD, SDE | THIRD | HEUN, OLD, OLD | THIRD | HEUN, dict(set=dict(timesteps=OWN))],
    "DEISMultistep": [{}, THIRD, FIRST, KARRAS, EXPONENTIAL, BETA, V, LEADING, THIRD | dict(steps=16), dict(lower_order_final=False)],
    "TCD": [{}, dict(step=dict(eta=0.0)), V, dict(step=dict(eta=0.6)), V | dict(rescale_betas_zero_snr=True), dict(set=dict(timesteps=OWN))],
    "SASolver": [{}, dict(predictor_order=3, corrector_order=4), dict(predictor_order=1, corrector_order=1), KARRAS, EXPONENTIAL, BETA, V,
                 dict(algorithm_type="noise_prediction"), dict(lower_order_final=False), LEADING, dict(predictor_order=3, corrector_order=3)],
    "DPMSolverMultistepInverse": [{}, KARRAS, EXPONENTIAL, BETA, V, LEADING, TRAILING, THIRD, THIRD | dict(steps=16), HEUN, dict(algorithm_type="dpmsolver"),
                                  dict(euler_at_final=True, steps=16), KARRAS | dict(steps=30)],
    "IPNDM": [{}, dict(steps=3)],
    "EulerDiscrete": [EXPONENTIAL, BETA, dict(step=dict(s_churn=2.0, s_tmin=0.1, s_tmax=10.0, s_noise=1.1)), V | dict(step=dict(s_churn=9.0)),
                      dict(set=dict(timesteps=OWN)), dict(set=dict(sigmas=[14.6, 9.5, 6.25, 3.0, 1.5, 0.7, 0.25, 0.04, 0.0]))],
    "HeunDiscrete": [EXPONENTIAL, BETA, dict(set=dict(timesteps=OWN))],
    "LMSDiscrete": [EXPONENTIAL, BETA],
    "DPMSolverMultistep": [EXPONENTIAL, BETA, dict(use_lu_lambdas=True), EXPONENTIAL | SIGMA_MIN, SDE | THIRD | dict(steps=16), OLD_SDE, OLD_SDE | HEUN,
                           SDE | HEUN, dict(set=dict(timesteps=OWN))],
    "UniPCMultistep": [EXPONENTIAL, BETA],
    "DDPM": [dict(set=dict(timesteps=OWN))],
    "LCM": [dict(set=dict(timesteps=OWN))],
    "DDIMParallel": [{}],
    "DDPMParallel": [{}],
}

drawn = []


def recorded(shape, generator=None, device=None, dtype=None, layout=None):
    drawn.append(torch.randn(shape, generator=generator, dtype=dtype))
    return drawn[-1]


class RecordedTree(scheduling_dpmsolver_sde.BrownianTreeNoiseSampler):
    """Asked for the middle of a step and then for its end, both from its beginning."""
    middle = None

    def __call__(self, sigma, sigma_next):
        noise = super().__call__(sigma, sigma_next)
        whole = noise.double() * float(sigma - sigma_next) ** 0.5
        first = self.middle is None
        new, length = (whole, float(sigma - sigma_next)) if first else (whole - self.middle[0], float(self.middle[1] - sigma_next))
        drawn.append((new / length ** 0.5).float())
        self.middle = (whole, sigma_next) if first else None
        return noise


def model(x, t):
    x = x.double().numpy()
    return torch.from_numpy((0.3 * x + 0.1 * np.sin(x * 3) + float(t) / 1000 * 0.05).astype(np.float32))


def values(tensor):
    return [float(str(value)) for value in tensor.float().numpy().flatten()]


def run(name, over):
    kind, over = getattr(diffusers, name + "Scheduler"), dict(over)
    step, given, steps = over.pop("step", {}), over.pop("set", {}), over.pop("steps", 10)
    scheduler = kind.from_config({**SD15, **over})
    scheduler.set_timesteps(**(given or dict(num_inference_steps=steps)))
    takes, arguments = inspect.signature(scheduler.step).parameters, dict(step)
    if "generator" in takes:
        arguments["generator"] = torch.Generator().manual_seed(11)
    drawn.clear()
    x = torch.randn(1, 4, 1, 2, generator=torch.Generator().manual_seed(3)) * scheduler.init_noise_sigma
    xs = [x]
    for t in scheduler.timesteps:
        x = scheduler.step(model(scheduler.scale_model_input(x, t), t), t, x, **arguments).prev_sample
        xs.append(x)
    if given:
        steps = len(scheduler.timesteps) if name != "HeunDiscrete" else (len(scheduler.timesteps) + 1) // 2
    return dict(cls=name + "Scheduler", over=over, steps=steps, set=given, step=step, timesteps=[float(t) for t in scheduler.timesteps],
                init_noise_sigma=float(scheduler.init_noise_sigma), x=[values(x) for x in xs], noise=[values(noise) for noise in drawn])


scheduling_dpmsolver_sde.BrownianTreeNoiseSampler = RecordedTree
runs = []
for name, table in RUNS.items():
    module = sys.modules[getattr(diffusers, name + "Scheduler").__module__]
    if hasattr(module, "randn_tensor"):
        module.randn_tensor = recorded
    runs += [run(name, over) for over in table]
with open(sys.argv[1], "w") as out:
    out.write("[\n" + ",\n".join(json.dumps(run) for run in runs) + "\n]\n")
