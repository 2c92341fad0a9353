package org.sd15.pipeline.inversion;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.schedule.Sampler;
import org.sd15.pipeline.schedule.SchedulerConfig.FinalSigmasType;
import org.sd15.pipeline.words.Conformance;

/**
 * Keeps the noise of a stochastic sampler: every level gets noise of its own, and the noise maps are what each step must
 * draw to lead from one level to the next. Each level is computed again from the one above and its noise map, so errors
 * don't add up and denoising retraces it, bit by bit.
 *
 * @param schedule the steps, given the number that was asked for
 * @param guidance towards the prompt: 1 is the prompt alone, 0 no prompt
 * @param last what happens to the noise of the last step
 * @see <a href="https://arxiv.org/abs/2304.06140">Huberman-Spiegelglas et al., An Edit Friendly DDPM Noise Space</a>
 * @see <a href="https://arxiv.org/abs/2311.16711">Brack et al., LEDITS++, section 4.1</a>
 */
public record NoiseMapInverter(IntFunction<InversionSchedule> schedule, double guidance, LastNoise last)
        implements Inverter {

    /** What happens to the noise of the last step. */
    public enum LastNoise {
        /** It is kept, and the picture comes back. */
        KEPT,
        /** It is zero, as in the code of edit-friendly inversion; the picture comes back blurred. */
        ZERO
    }

    private static final double SOURCE_GUIDANCE = 3.5;
    private static final int TRAIN_TIMESTEPS = 1000;

    /** Checks the guidance. */
    public NoiseMapInverter {
        if (!Double.isFinite(guidance)) {
            throw new IllegalArgumentException(
                    "guidance of the inversion is %s, must be a finite number".formatted(guidance));
        }
    }

    /** Edit-friendly DDPM with the published guidance. */
    public static NoiseMapInverter editFriendly() {
        return editFriendly(SOURCE_GUIDANCE, 1, Conformance.CORRECTED);
    }

    /**
     * Edit-friendly DDPM.
     *
     * @param guidance towards the prompt
     * @param eta share of DDPM's noise, above 0
     * @param conformance {@link Conformance#REFERENCE} is inbarhub/DDPM_inversion: eta where its square belongs, and no
     *     noise in the last step
     */
    public static NoiseMapInverter editFriendly(double guidance, double eta, Conformance conformance) {
        if (!(eta > 0 && eta <= 1)) {
            throw new IllegalArgumentException(
                    "eta is %s; a stochastic sampler is needed, above 0 and up to 1".formatted(eta));
        }
        LastNoise last = conformance == Conformance.REFERENCE ? LastNoise.ZERO : LastNoise.KEPT;
        return new NoiseMapInverter(steps -> new InversionSchedule.Ddim(steps, 0, eta, conformance), guidance, last);
    }

    /**
     * LEDITS++: the stochastic DPM-Solver++ of second order.
     *
     * @param skip share of the noise that is left out, from 0 to below 1; 0.15 and 0.1 are published
     * @param guidance towards the prompt, 0 without one
     * @param conformance {@link Conformance#CORRECTED} takes the steps of ml-research/ledits_pp from {@code 1000 (1 -
     *     skip) - 1} to 1, ends at the noise of timestep 0, and has one order of the solver for both directions: exact
     *     for any number of steps. {@link Conformance#REFERENCE} takes those of diffusers, whose last step is not exact, and
     *     guides away from the prompt as diffusers 0.42.1 does, which confuses it with the empty one
     */
    public static NoiseMapInverter leditsPlusPlus(double skip, double guidance, Conformance conformance) {
        if (!(skip >= 0 && skip < 1)) {
            throw new IllegalArgumentException("skip is %s, must be from 0 to below 1".formatted(skip));
        }
        IntFunction<InversionSchedule> schedule = conformance == Conformance.REFERENCE
                ? steps -> new InversionSchedule.DpmSolver(leading(steps, skip), FinalSigmasType.ZERO)
                : steps -> new InversionSchedule.DpmSolver(even(steps, skip), FinalSigmasType.SIGMA_MIN);
        boolean confused = conformance == Conformance.REFERENCE && guidance != 0;
        return new NoiseMapInverter(schedule, confused ? 1 - guidance : guidance, LastNoise.KEPT);
    }

    /** This inverter with other guidance. */
    public NoiseMapInverter guidance(double other) {
        return new NoiseMapInverter(schedule, other, last);
    }

    /** Evenly from {@code 1000 (1 - skip) - 1} to 1, cut to whole numbers. */
    private static List<Integer> even(int steps, double skip) {
        double first = TRAIN_TIMESTEPS * (1 - skip) - 1;
        List<Integer> timesteps = IntStream.range(0, steps)
                .map(i -> (int) (steps == 1 ? first : first + i * ((1 - first) / (steps - 1)) + ROUNDING))
                .boxed()
                .toList();
        if (steps < 1 || timesteps.stream().distinct().count() != steps) {
            throw new IllegalArgumentException(
                    "%d steps with a skip of %s: there are only %d timesteps".formatted(steps, skip, (int) first));
        }
        return timesteps;
    }

    /** Keeps a whole number that was missed by rounding from being cut to the one below. */
    private static final double ROUNDING = 1e-9;

    /** The last ones of a longer run with leading spacing and an offset of 1. */
    private static List<Integer> leading(int steps, double skip) {
        int total = (int) (steps * (1 + skip));
        int ratio = TRAIN_TIMESTEPS / (total + 1);
        return IntStream.range(0, steps)
                .map(i -> (steps - i) * ratio + 1)
                .boxed()
                .toList();
    }

    @Override
    public Inversion invert(InversionInputs inputs) {
        InversionSchedule way = schedule.apply(inputs.steps());
        Sampler sampler = way.sampler(inputs.config(), 0);
        int steps = way.steps();
        INDArray[] levels = new INDArray[steps + 1];
        levels[0] = inputs.latents();
        for (int level = 1; level <= steps; level++) {
            levels[level] = sampler.addNoise(inputs.latents(), inputs.noise().get(), steps - level);
        }
        List<INDArray> noiseMaps = new ArrayList<>();
        for (int call = 0; call < steps; call++) {
            INDArray latents = levels[steps - call];
            INDArray prediction = inputs.predict(latents, sampler.timestep(call), guidance);
            boolean zero = last == LastNoise.ZERO && call == steps - 1;
            INDArray map = noiseMap(sampler, call, prediction, latents, zero ? null : levels[steps - call - 1]);
            noiseMaps.add(map);
            INDArray next = sampler.step(call, prediction, latents, map).prevSample();
            if (call < steps - 1) {
                levels[steps - call - 1] = next;
            }
        }
        return new Inversion(
                way, new Inversion.Source(inputs.prompts(), guidance), Arrays.asList(levels), noiseMaps, List.of());
    }

    /** The noise that leads to the next level, or none. */
    private static INDArray noiseMap(
            Sampler sampler,
            int call,
            INDArray prediction,
            INDArray latents,
            @org.jspecify.annotations.Nullable INDArray next) {
        INDArray none = latents.mul(0);
        double deviation = sampler.noiseScale(call);
        if (next == null || deviation == 0) {
            return none;
        }
        INDArray mean = sampler.step(call, prediction, latents, none).prevSample();
        return next.sub(mean).div(deviation);
    }
}
