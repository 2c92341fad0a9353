package org.sd15.pipeline.inversion;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.sd15.pipeline.schedule.Sampler;

/**
 * Null-text inversion: DDIM backwards, then for each step the unconditional text states are fitted until the guided step
 * leads to the level below. Differentiates the model with respect to its context, nothing else.
 *
 * @param guidance what the texts are fitted for; null for that of the edits to come, {@link InversionInputs#guidance()}
 * @param innerSteps optimisation steps at most, in each step
 * @param learningRate of Adam in the first step; falls by a hundredth of it with each
 * @param earlyStop squared error below which a step is done
 * @param earlyStopGrowth is added to it with each step
 * @see <a href="https://arxiv.org/abs/2211.09794">Mokady et al., Null-text Inversion, algorithm 1</a>
 */
public record NullTextInverter(
        @Nullable Double guidance, int innerSteps, double learningRate, double earlyStop, double earlyStopGrowth)
        implements Inverter {

    /** Checks the numbers. */
    public NullTextInverter {
        boolean finite = (guidance == null || Double.isFinite(guidance)) && Double.isFinite(learningRate);
        if (!finite || innerSteps < 0 || learningRate < 0) {
            throw new IllegalArgumentException(
                    "null-text inversion: guidance %s and learning rate %s must be finite, %d inner steps not negative"
                            .formatted(guidance, learningRate, innerSteps));
        }
    }

    /** The published settings, for the guidance of the edits to come. */
    public NullTextInverter() {
        this(null, 10, 1e-2, 1e-5, 2e-5);
    }

    /** All settings, for one guidance. */
    public NullTextInverter(
            double guidance, int innerSteps, double learningRate, double earlyStop, double earlyStopGrowth) {
        this(Double.valueOf(guidance), innerSteps, learningRate, earlyStop, earlyStopGrowth);
    }

    /** The published settings for one guidance. */
    public NullTextInverter(double guidance) {
        this(guidance, 10, 1e-2, 1e-5, 2e-5);
    }

    /** One picture after the other: each stops by its own error. */
    @Override
    public Inversion invert(InversionInputs inputs) {
        Inversion way = new DdimInverter().invert(inputs);
        List<Inversion> single = new ArrayList<>();
        for (int i = 0; i < way.pictures(); i++) {
            single.add(fit(inputs, way.picture(i), row(inputs.conditional(), i), row(inputs.unconditional(), i)));
        }
        return Inversion.together(single);
    }

    private Inversion fit(InversionInputs inputs, Inversion way, INDArray conditional, INDArray empty) {
        double scale = guidance == null ? inputs.guidance() : guidance;
        Sampler sampler = way.schedule().sampler(inputs.config(), 0);
        INDArray nullText = empty;
        INDArray latents = way.level(way.steps());
        List<INDArray> found = new ArrayList<>();
        for (int call = 0; call < sampler.calls(); call++) {
            NullTextStep step = new NullTextStep(
                    inputs.model(), sampler, call, latents, way.level(way.steps() - call - 1), conditional, scale);
            nullText = fit(step, call, nullText);
            found.add(nullText);
            latents = step.next(nullText);
        }
        return new Inversion(way.schedule(), way.source(), way.trajectory(), List.of(), found);
    }

    private INDArray fit(NullTextStep step, int call, INDArray start) {
        INDArray nullText = start;
        Adam adam = new Adam(learningRate * (1 - call / 100.0));
        for (int i = 0; i < innerSteps; i++) {
            NullTextStep.Loss loss = step.loss(nullText);
            nullText = adam.step(nullText, loss.gradient());
            if (loss.value() < earlyStop + call * earlyStopGrowth) { // measured before the update, as published
                break;
            }
        }
        return nullText;
    }

    private static INDArray row(INDArray rows, int row) {
        return rows.get(NDArrayIndex.interval(row, row + 1)).dup('c');
    }
}
