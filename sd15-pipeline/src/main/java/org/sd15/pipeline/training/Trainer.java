package org.sd15.pipeline.training;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.training.TrainedModel.Pass;
import org.sd15.pipeline.training.TrainedModel.Result;
import org.sd15.pipeline.training.TrainingSettings.NotFinite;

/**
 * A training run: an iterator of steps. Progress, checkpoints and stopping belong to whoever asks for them.
 *
 * <p>Between two steps the run can be {@linkplain #save saved}; a run that was {@linkplain #restore restored} continues
 * with the same bits.
 */
public final class Trainer implements Iterator<TrainingStep>, Stateful {

    private static final String WEIGHTS = "weights/";
    private static final String STEP = "step";
    private static final String SKIPPED = "skipped";
    private static final String SETTINGS = "settings";
    private static final String MEAN = "mean_loss";

    /** Part of the moving mean of the loss that stays each step. */
    private static final double KEPT = 0.98;

    private final TrainedModel model;
    private final BatchSource source;
    private final Objective objective;
    private final TrainingSettings settings;
    private final AdamW optimizer;
    private final @Nullable AveragedWeights average;
    private int step;
    private int skipped;
    private double meanLoss = Double.NaN;

    /** A run from its start. The model's parameters are changed in place. */
    public Trainer(TrainedModel model, BatchSource source, Objective objective, TrainingSettings settings) {
        this.model = model;
        this.source = source;
        this.objective = objective;
        this.settings = settings;
        this.optimizer = new AdamW(settings.optimizer(), model.parameters());
        this.average = settings.ema() == null ? null : new AveragedWeights(settings.ema(), model.parameters());
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
        return average == null ? model.parameters() : average.arrays();
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
        if (!hasNext()) {
            throw new NoSuchElementException("all %d steps are done".formatted(step));
        }
        double rate = settings.learningRate().at(step);
        try (Gradients gradients = new Gradients()) {
            Passes passes = accumulate(gradients);
            double norm = gradients.norm();
            boolean finite = Double.isFinite(norm) && Double.isFinite(passes.loss());
            if (finite) {
                update(gradients, norm, rate);
                meanLoss = Double.isNaN(meanLoss) ? passes.loss() : KEPT * meanLoss + (1 - KEPT) * passes.loss();
            } else {
                skip(passes.loss(), norm);
            }
            int index = step++;
            return new TrainingStep(
                    index, passes.losses, meanLoss, passes.priorLoss, norm, rate, passes.pictures, !finite);
        }
    }

    /** What the batches of a step gave. */
    private static final class Passes {

        private final List<Double> losses = new ArrayList<>();
        private @Nullable Double priorLoss;
        private int pictures;

        private double loss() {
            return losses.stream().mapToDouble(Double::doubleValue).average().orElse(Double.NaN);
        }
    }

    private Passes accumulate(Gradients gradients) {
        Passes passes = new Passes();
        for (int i = 0; i < settings.accumulate(); i++) {
            TrainingBatch batch = source.next();
            double[] weights = batch.weights(objective);
            for (int row = 0; row < weights.length; row++) {
                weights[row] /= settings.accumulate();
            }
            Result result = model.gradient(new Pass(
                    objective.noisy(batch), batch.timesteps(), batch.texts(), objective.target(batch), weights));
            gradients.add(result.gradients());
            passes.losses.add(result.loss() * settings.accumulate());
            passes.pictures += batch.size();
            if (batch.priors() > 0) {
                passes.priorLoss = result.errors().subList(batch.size() - batch.priors(), batch.size()).stream()
                        .mapToDouble(Double::doubleValue)
                        .average()
                        .orElseThrow();
            }
        }
        return passes;
    }

    private void update(Gradients gradients, double norm, double rate) {
        gradients.clip(norm, settings.maxGradNorm());
        optimizer.step(model.parameters(), gradients, rate);
        if (average != null) {
            average.follow(model.parameters(), step - skipped + 1);
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
        into.remark(STEP, step);
        into.remark(SKIPPED, skipped);
        into.remark(MEAN, meanLoss);
        into.remark(SETTINGS, settings.fingerprint());
        model.parameters().forEach((name, array) -> into.put(WEIGHTS + name, array));
        optimizer.save(into);
        if (average != null) {
            average.save(into);
        }
        source.save(into);
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalArgumentException also if the run had other settings; only its length may change
     */
    @Override
    public void restore(TrainingState from) {
        String before = from.text(SETTINGS);
        if (!before.equals(settings.fingerprint())) {
            throw new IllegalArgumentException("the checkpoint was made with %s; this run has %s: resume with the same"
                    .formatted(before, settings.fingerprint()));
        }
        source.restore(from);
        model.parameters().forEach((name, array) -> from.read(WEIGHTS + name, array));
        optimizer.restore(from);
        if (average != null) {
            average.restore(from);
        }
        step = from.number(STEP);
        skipped = from.number(SKIPPED);
        meanLoss = Double.parseDouble(from.text(MEAN));
    }
}
