package org.sd15.pipeline.schedule;

import static java.util.Objects.requireNonNullElse;

import java.util.Arrays;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The noise of every training timestep. The table is the one of diffusers, in single precision; what is computed from
 * it is computed in double precision. Immutable.
 */
public final class NoiseSchedule {

    /** What a class takes where the configuration is silent. */
    record Betas(double start, double end, BetaSchedule schedule) {

        /** Of most of diffusers' classes. */
        static final Betas USUAL = new Betas(1e-4, 0.02, BetaSchedule.LINEAR);
    }

    /** Stands for a signal of zero where its reciprocal is needed: the smallest number of half precision. */
    private static final float SMALLEST_SIGNAL = 0x1p-24f;

    private final float[] alphasCumprod;

    private NoiseSchedule(float[] alphasCumprod) {
        this.alphasCumprod = alphasCumprod;
    }

    /**
     * The schedule of a configuration; where that says nothing, the linear betas from 1e-4 to 0.02.
     *
     * @throws IllegalArgumentException if a beta is not between 0 and 1
     */
    public static NoiseSchedule of(SchedulerConfig config) {
        return of(config, Betas.USUAL);
    }

    /** The schedule of a configuration. */
    static NoiseSchedule of(SchedulerConfig config, Betas own) {
        float[] betas = betas(config, own);
        for (int t = 0; t < betas.length; t++) {
            if (!(betas[t] > 0 && betas[t] < 1)) {
                throw new IllegalArgumentException(
                        "beta is %s at timestep %d; every beta lies between 0 and 1".formatted(betas[t], t));
            }
        }
        return new NoiseSchedule(runningProduct(betas));
    }

    /** The schedule of a configuration, for classes that know {@code rescale_betas_zero_snr}. */
    static NoiseSchedule rescalable(SchedulerConfig config, Betas own) {
        NoiseSchedule schedule = of(config, own);
        return SchedulerConfig.isTrue(config.rescaleBetasZeroSnr()) ? schedule.endingInNoise() : schedule;
    }

    /** The same schedule, rescaled to end in pure noise (S. Lin et al., 2023, algorithm 1). */
    NoiseSchedule endingInNoise() {
        int last = alphasCumprod.length - 1;
        float[] roots = new float[last + 1];
        for (int t = 0; t <= last; t++) {
            roots[t] = (float) Math.sqrt(alphasCumprod[t]);
        }
        if (!(roots[0] > roots[last])) {
            throw new IllegalArgumentException(
                    "a schedule of %d timesteps whose noise does not grow can't be rescaled to".formatted(last + 1)
                            + " end in noise (rescale_betas_zero_snr)");
        }
        float stretch = roots[0] / (roots[0] - roots[last]);
        float[] betas = new float[last + 1];
        float before = 1;
        for (int t = 0; t <= last; t++) {
            float root = (roots[t] - roots[last]) * stretch;
            float signal = root * root;
            betas[t] = 1 - signal / before;
            before = signal;
        }
        return new NoiseSchedule(runningProduct(betas));
    }

    /** The same schedule without a signal of zero, for classes that divide by it. */
    NoiseSchedule withoutZero() {
        float[] floored = alphasCumprod.clone();
        floored[floored.length - 1] = Math.max(floored[floored.length - 1], SMALLEST_SIGNAL);
        return new NoiseSchedule(floored);
    }

    /** The number of training timesteps. */
    public int timesteps() {
        return alphasCumprod.length;
    }

    /** The share of the picture in the variance at a timestep, diffusers' {@code alphas_cumprod[timestep]}. */
    public double alphaCumprod(int timestep) {
        if (timestep < 0 || timestep >= alphasCumprod.length) {
            throw new IllegalArgumentException(
                    "timestep %d is not one of the schedule's, 0 to %d".formatted(timestep, alphasCumprod.length - 1));
        }
        return alphasCumprod[timestep];
    }

    /** The noise level at a timestep. */
    public NoiseLevel level(int timestep) {
        return NoiseLevel.ofAlphaCumprod(alphaCumprod(timestep));
    }

    /** The level of a timestep; a negative one is the end of a run, without any noise or at timestep 0. */
    NoiseLevel levelOrEnd(int timestep, boolean endsWithoutNoise) {
        return timestep < 0 && endsWithoutNoise ? NoiseLevel.ofAlphaCumprod(1) : level(Math.max(timestep, 0));
    }

    /**
     * Noises pictures for training.
     *
     * @param clean {@code [batch, ...]}
     * @param noise the same shape and data type
     * @param timesteps one per row, or a single one for all
     * @return {@code alpha * clean + sigma * noise}, a new array
     */
    public INDArray addNoise(INDArray clean, INDArray noise, int... timesteps) {
        return clean.mul(column(clean, timesteps, false)).addi(noise.mul(column(noise, timesteps, true)));
    }

    /**
     * The target of a model of {@link PredictionType#V_PREDICTION}.
     *
     * @return {@code alpha * noise - sigma * clean}, a new array
     */
    public INDArray velocity(INDArray clean, INDArray noise, int... timesteps) {
        return noise.mul(column(noise, timesteps, false)).subi(clean.mul(column(clean, timesteps, true)));
    }

    private INDArray column(INDArray rows, int[] timesteps, boolean ofNoise) {
        if (timesteps.length != 1 && timesteps.length != rows.size(0)) {
            throw new IllegalArgumentException("%d timesteps for %d rows; one per row or a single one is expected"
                    .formatted(timesteps.length, rows.size(0)));
        }
        long[] shape = new long[rows.rank()];
        Arrays.fill(shape, 1);
        shape[0] = timesteps.length;
        double[] weights = Arrays.stream(timesteps)
                .mapToObj(this::level)
                .mapToDouble(level -> ofNoise ? level.sigma() : level.alpha())
                .toArray();
        return Nd4j.createFromArray(weights).castTo(rows.dataType()).reshape(shape);
    }

    private static float[] betas(SchedulerConfig config, Betas own) {
        List<Double> trained = config.trainedBetas();
        if (trained == null) {
            return requireNonNullElse(config.betaSchedule(), own.schedule())
                    .betas(
                            requireNonNullElse(config.betaStart(), own.start()),
                            requireNonNullElse(config.betaEnd(), own.end()),
                            config.trainTimesteps());
        }
        float[] betas = new float[trained.size()];
        for (int t = 0; t < betas.length; t++) {
            betas[t] = trained.get(t).floatValue();
        }
        return betas;
    }

    /** PyTorch's {@code cumprod}: a double precision product, rounded at every place. */
    private static float[] runningProduct(float[] betas) {
        float[] products = new float[betas.length];
        double product = 1;
        for (int t = 0; t < betas.length; t++) {
            product *= 1 - betas[t];
            products[t] = (float) product;
        }
        return products;
    }
}
