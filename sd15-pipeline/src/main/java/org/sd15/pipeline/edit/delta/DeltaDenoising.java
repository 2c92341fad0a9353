package org.sd15.pipeline.edit.delta;

import static java.util.Objects.requireNonNullElse;

import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.function.Consumer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.attention.session.ExclusiveUse;
import org.sd15.pipeline.denoise.BatchAxis;
import org.sd15.pipeline.denoise.Denoising;
import org.sd15.pipeline.denoise.JointRun;
import org.sd15.pipeline.denoise.RunTexts;
import org.sd15.pipeline.edit.delta.DeltaDenoisingRequest.Loss;
import org.sd15.pipeline.model.Components;
import org.sd15.pipeline.model.DiffusionModel;
import org.sd15.pipeline.random.TorchRandom;
import org.sd15.pipeline.schedule.NoiseLevel;
import org.sd15.pipeline.schedule.NoiseSchedule;
import org.sd15.pipeline.schedule.PredictionType;
import org.sd15.unet.UNetInput;

/**
 * Delta Denoising Score: the latents of a picture are moved, at a random noise level each time, by the difference between
 * what the model predicts for them under the target prompt and what it predicts for the original latents under the source
 * prompt. Nothing is differentiated and nothing is inverted. As an iterator, like {@link Denoising}.
 *
 * <p>Both predictions are made in batches of the same layout, so that equal prompts give a difference of exactly zero.
 *
 * @see <a href="https://arxiv.org/abs/2304.07090">Hertz et al., Delta Denoising Score, equation 3</a>
 */
public final class DeltaDenoising implements Iterator<DeltaDenoising.Step> {

    private static final double LOWEST_SHARE = 0.05;
    private static final double HIGHEST_SHARE = 0.95;

    private final Components model;
    private final List<DeltaDenoisingRequest> requests;
    private final DeltaDenoisingRequest first;
    private final NoiseSchedule schedule;
    private final List<TorchRandom> generators;
    private final INDArray original;
    private final RunTexts source;
    private final RunTexts target;
    private final ExclusiveUse access = new ExclusiveUse("the run");
    private INDArray latents;
    private int next;

    /**
     * One iteration, done.
     *
     * @param index its number, from 0
     * @param count the number of iterations
     * @param timesteps the noise level of each picture
     * @param latents the latents after it, {@code [pictures, 4, h, w]}
     */
    public record Step(int index, int count, int[] timesteps, INDArray latents) {}

    private DeltaDenoising(Components model, List<DeltaDenoisingRequest> requests) {
        this.model = model;
        this.requests = requests;
        this.first = requests.get(0);
        this.schedule = model.scheduler().noiseSchedule();
        this.generators = requests.stream()
                .map(request -> new TorchRandom(request.seed()))
                .toList();
        this.original = Nd4j.concat(
                0,
                requests.stream()
                        .map(request -> model.latents(request.picture()))
                        .toArray(INDArray[]::new));
        this.latents = original;
        List<String> sources =
                requests.stream().map(DeltaDenoisingRequest::source).toList();
        List<String> targets =
                requests.stream().map(DeltaDenoisingRequest::target).toList();
        DeltaTexts texts = new DeltaTexts(model, first);
        this.source = texts.of(sources, targets);
        this.target = texts.of(targets, sources);
        requests.forEach(this::requireMask);
    }

    /**
     * Prepares a run.
     *
     * @param requests one or more, for pictures of one size; they agree on guidance, iterations and kind
     * @throws IllegalArgumentException if they do not agree
     */
    public static DeltaDenoising of(DiffusionModel model, List<DeltaDenoisingRequest> requests) {
        DeltaDenoisingRequest first = requests.get(0);
        for (DeltaDenoisingRequest request : requests) {
            JointRun.requireSame("pictures", shape(first), shape(request));
            JointRun.requireSame("iterations", first.iterations(), request.iterations());
            JointRun.requireSame("guidance", first.guidance(), request.guidance());
            JointRun.requireSame("kinds", first.kind(), request.kind());
            JointRun.requireSame("prompt style", first.promptStyle(), request.promptStyle());
        }
        return new DeltaDenoising(model.components(), List.copyOf(requests));
    }

    /** {@link #of(DiffusionModel, List)} for one picture. */
    public static DeltaDenoising of(DiffusionModel model, DeltaDenoisingRequest request) {
        return of(model, List.of(request));
    }

    private static String shape(DeltaDenoisingRequest request) {
        return Arrays.toString(request.picture().shape());
    }

    private void requireMask(DeltaDenoisingRequest request) {
        INDArray mask = request.mask();
        if (mask != null && (mask.size(0) != original.size(2) || mask.size(1) != original.size(3))) {
            throw new IllegalArgumentException("the mask has shape %s, the latents need [%d, %d]"
                    .formatted(Arrays.toString(mask.shape()), original.size(2), original.size(3)));
        }
    }

    /** The number of iterations. */
    public int count() {
        return first.iterations();
    }

    /** The latents of the pictures as they were given, {@code [pictures, 4, h, w]}. */
    public INDArray start() {
        return original;
    }

    /** The latents after the iterations done so far, {@code [pictures, 4, h, w]}. */
    public INDArray latents() {
        return latents;
    }

    @Override
    public boolean hasNext() {
        return next < count();
    }

    /** Who is doing an iteration. */
    ExclusiveUse access() {
        return access;
    }

    /**
     * Does one iteration.
     *
     * @throws IllegalStateException if another thread is doing one
     */
    @Override
    public Step next() {
        return access.call(this::iterate);
    }

    private Step iterate() {
        if (!hasNext()) {
            throw new NoSuchElementException("all %d iterations are done".formatted(count()));
        }
        int[] timesteps = timesteps();
        long[] shape = {original.size(1), original.size(2), original.size(3)};
        INDArray noise = TorchRandom.randnBatch(generators, shape);
        INDArray wanted = prediction(latents, noise, timesteps, target);
        INDArray reference = first.kind() == Loss.SCORE ? noise : prediction(original, noise, timesteps, source);
        INDArray difference = wanted.sub(reference);
        if (!Double.isFinite(difference.sumNumber().doubleValue())) {
            throw new ArithmeticException("iteration %d of %d gave values that are not numbers: look for them in the"
                            .formatted(next + 1, count())
                    + " weights, or take a smaller step size");
        }
        latents = latents.sub(difference.mul(sizes()));
        return new Step(next++, count(), timesteps, latents);
    }

    private int[] timesteps() {
        int all = schedule.timesteps();
        return generators.stream()
                .mapToInt(generator -> (int)
                        generator.randint(Math.round(LOWEST_SHARE * all), Math.round(HIGHEST_SHARE * all) - 1, 1)[0])
                .toArray();
    }

    /** The guided noise that the model sees, {@code [pictures, 4, h, w]}. */
    private INDArray prediction(INDArray clean, INDArray noise, int[] timesteps, RunTexts texts) {
        INDArray noised = schedule.addNoise(clean, noise, timesteps);
        int copies = Math.toIntExact(texts.first().size(0) / noised.size(0));
        INDArray rows = BatchAxis.repeat(noised, copies);
        double[] times = new double[copies * timesteps.length];
        Arrays.setAll(times, i -> timesteps[i % timesteps.length]);
        INDArray output = texts.guidance().apply(model.unet().predict(new UNetInput(rows, times, texts.first())));
        PredictionType kind = requireNonNullElse(model.scheduler().config().predictionType(), PredictionType.EPSILON);
        if (kind == PredictionType.EPSILON) {
            return output;
        }
        INDArray epsilon = output.dup('c');
        for (int i = 0; i < timesteps.length; i++) {
            NoiseLevel level = schedule.level(timesteps[i]);
            epsilon.slice(i).assign(kind.epsilon(noised.slice(i), output.slice(i), level));
        }
        return epsilon;
    }

    /** What each latent moves by: the step size inside the mask, else 0; {@code [pictures, 1, h, w]}. */
    private INDArray sizes() {
        INDArray sizes = Nd4j.create(DataType.FLOAT, requests.size(), 1, original.size(2), original.size(3));
        for (int i = 0; i < requests.size(); i++) {
            INDArray mask = requests.get(i).mask();
            INDArray size = sizes.slice(i).assign(requests.get(i).stepSize());
            if (mask != null) {
                size.muli(mask.castTo(DataType.FLOAT).reshape(size.shape()));
            }
        }
        return sizes;
    }

    /** Does all remaining iterations and returns the final latents. */
    public INDArray finish(Consumer<Step> listener) {
        forEachRemaining(listener);
        return latents;
    }

    /** Does all remaining iterations and returns the final latents. */
    public INDArray finish() {
        return finish(step -> {});
    }
}
