package org.sd15.pipeline.training;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.attention.session.ExclusiveUse;
import org.sd15.pipeline.training.Passes.Pass;
import org.sd15.pipeline.training.TrainingSettings.NotFinite;

/**
 * A training run: an iterator of steps. Progress, checkpoints and stopping belong to the caller.
 *
 * <p>Between two steps the run can be {@linkplain #save saved}; a run that was {@linkplain #restore restored} continues
 * with the same bits. A thread that asks for a step, or for one of these, while another is in a step gets an
 * {@link IllegalStateException}.
 */
public final class Trainer implements Iterator<TrainingStep>, Stateful {

    private static final String WEIGHTS = "weights/";
    private static final String STEP = "step";
    private static final String SKIPPED = "skipped";
    private static final String SETTINGS = "settings";
    private static final String MEAN = "mean_loss";

    /** Part of the moving mean of the loss that stays each step. */
    private static final double KEPT = 0.98;

    private final Passes passes;
    private final TrainingSettings settings;
    private final AdamW optimizer;
    private final @Nullable AveragedWeights average;
    private final ExclusiveUse access = new ExclusiveUse("the training");
    private int step;
    private int skipped;
    private double meanLoss = Double.NaN;

    /** A run of a model that learns to denoise, from its start. The model's parameters are changed in place. */
    public Trainer(TrainedModel model, BatchSource source, Objective objective, TrainingSettings settings) {
        this(new DenoisingPasses(model, source, objective), settings);
    }

    /** A run from its start. The parameters are changed in place. */
    public Trainer(Passes passes, TrainingSettings settings) {
        this.passes = passes;
        this.settings = settings;
        this.optimizer = new AdamW(settings.optimizer(), passes.parameters());
        this.average = settings.ema() == null ? null : new AveragedWeights(settings.ema(), passes.parameters());
    }

    /** How many steps have been done. */
    public int done() {
        return step;
    }

    /** How many of them were skipped because the loss was no number. */
    public int skipped() {
        return skipped;
    }

    /** What the run has come to: the average of the weights if there is one, else the weights. */
    public Map<String, INDArray> result() {
        return average == null ? passes.parameters() : average.arrays();
    }

    @Override
    public boolean hasNext() {
        return step < settings.learningRate().total();
    }

    /**
     * Does a step.
     *
     * @throws ArithmeticException if the loss is no number and that is to end the run; the weights are as before the step
     */
    @Override
    public TrainingStep next() {
        return access.call(this::nextAlone);
    }

    private TrainingStep nextAlone() {
        if (!hasNext()) {
            throw new NoSuchElementException("all %d steps are done".formatted(step));
        }
        double rate = settings.learningRate().at(step);
        try (Gradients gradients = new Gradients()) {
            Sum sum = accumulate(gradients);
            double norm = gradients.norm();
            boolean finite = Double.isFinite(norm) && Double.isFinite(sum.loss());
            if (finite) {
                update(gradients, norm, rate);
                meanLoss = Double.isNaN(meanLoss) ? sum.loss() : KEPT * meanLoss + (1 - KEPT) * sum.loss();
            } else {
                skip(sum.loss(), norm);
            }
            int index = step++;
            return new TrainingStep(index, sum.losses, meanLoss, sum.priorLoss, norm, rate, sum.pictures, !finite);
        }
    }

    /** What the passes of a step gave. */
    private static final class Sum {

        private final List<Double> losses = new ArrayList<>();
        private @Nullable Double priorLoss;
        private int pictures;

        private double loss() {
            return losses.stream().mapToDouble(Double::doubleValue).average().orElse(Double.NaN);
        }
    }

    private Sum accumulate(Gradients gradients) {
        Sum sum = new Sum();
        Iterator<Pass> step = passes.step(settings.accumulate());
        while (step.hasNext()) {
            Pass pass = step.next();
            gradients.add(pass.gradients());
            sum.losses.add(pass.loss());
            sum.pictures += pass.pictures();
            sum.priorLoss = pass.priorLoss();
        }
        return sum;
    }

    private void update(Gradients gradients, double norm, double rate) {
        double factor = Gradients.clip(norm, settings.maxGradNorm());
        optimizer.step(passes.parameters(), gradients, factor, rate);
        if (average != null) {
            average.follow(passes.parameters(), step - skipped + 1);
        }
    }

    private void skip(double loss, double norm) {
        if (settings.notFinite() == NotFinite.FAIL) {
            throw new ArithmeticException(
                    "step %d: the loss is %s and the norm of its gradients %s; the weights are as before the step. Lower the learning rate, or look for values that are not numbers in the weights and pictures"
                            .formatted(step + 1, loss, norm));
        }
        skipped++;
    }

    @Override
    public void save(TrainingState into) {
        access.run(() -> saveAlone(into));
    }

    private void saveAlone(TrainingState into) {
        into.remark(STEP, step);
        into.remark(SKIPPED, skipped);
        into.remark(MEAN, meanLoss);
        into.remark(SETTINGS, settings.fingerprint());
        passes.parameters().forEach((name, array) -> into.put(WEIGHTS + name, array));
        optimizer.save(into);
        if (average != null) {
            average.save(into);
        }
        passes.save(into);
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalArgumentException also if the run had other settings; only its length may change
     */
    @Override
    public void restore(TrainingState from) {
        access.run(() -> restoreAlone(from));
    }

    private void restoreAlone(TrainingState from) {
        String before = from.text(SETTINGS);
        if (!before.equals(settings.fingerprint())) {
            throw new IllegalArgumentException("the checkpoint was made with %s; this run has %s: resume with the same"
                    .formatted(before, settings.fingerprint()));
        }
        requireSameParameters(from);
        passes.restore(from);
        passes.parameters().forEach((name, array) -> from.read(WEIGHTS + name, array));
        optimizer.restore(from);
        if (average != null) {
            average.restore(from);
        }
        step = from.number(STEP);
        skipped = from.number(SKIPPED);
        meanLoss = from.decimal(MEAN);
    }

    private void requireSameParameters(TrainingState from) {
        for (String name : from.tensors().keySet()) {
            if (name.startsWith(WEIGHTS) && !passes.parameters().containsKey(name.substring(WEIGHTS.length()))) {
                throw new IllegalArgumentException(
                        "the checkpoint has %s, which does not learn in this run: resume with".formatted(name)
                                + " the same targets");
            }
        }
    }
}
