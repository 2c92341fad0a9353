package org.sd15.benchmark.method;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.denoise.RunSettings;
import org.sd15.pipeline.heatmap.HeatMap;
import org.sd15.pipeline.heatmap.HeatMapRequest;
import org.sd15.pipeline.heatmap.HeatMapRun;
import org.sd15.pipeline.heatmap.PromptHeatMaps;
import org.sd15.pipeline.inversion.Inversion;
import org.sd15.pipeline.inversion.Inverter;
import org.sd15.pipeline.inversion.Reconstruction;

/** One picture and all that is known of it: it is inverted once for each way, whatever number of edits follow. */
public final class Workbench {

    private static final double NANOS = 1e9;

    /** An inversion and how long it took. */
    private record Inverted(Inversion inversion, double seconds) {}

    private final StableDiffusion model;
    private final Job job;
    private final int steps;
    private final long seed;
    private final UnaryOperator<Inverter> watch;
    private final Map<String, Inverted> inversions = new HashMap<>();
    private final Map<String, Reconstruction> reconstructions = new HashMap<>();
    private @Nullable PromptHeatMaps heatMaps;
    private @Nullable HeatMap promptDifference;
    private @Nullable INDArray unedited;
    private double sharedSeconds;

    /** A bench for a picture. */
    public Workbench(StableDiffusion model, Job job, int steps, long seed) {
        this(model, job, steps, seed, inverter -> inverter);
    }

    /** A bench whose inverters are watched. */
    Workbench(StableDiffusion model, Job job, int steps, long seed, UnaryOperator<Inverter> watch) {
        this.model = model;
        this.job = job;
        this.steps = steps;
        this.seed = seed;
        this.watch = watch;
    }

    /** The model. */
    public StableDiffusion model() {
        return model;
    }

    /** What is asked for. */
    public Job job() {
        return job;
    }

    /** The seed of all that is random. */
    long seed() {
        return seed;
    }

    /** Steps, seed and a guidance as a change of a request. */
    UnaryOperator<RunSettings> sampling(double guidance) {
        return base -> base.steps(steps).seed(seed).guidance(guidance);
    }

    /** The inversion of the picture. */
    Inversion inversion(InversionVariant variant) {
        return inverted(variant).inversion;
    }

    /** What the inversion took when it was made, in seconds. */
    double seconds(InversionVariant variant) {
        return inverted(variant).seconds;
    }

    private Inverted inverted(InversionVariant variant) {
        Inverted known = inversions.get(variant.name());
        if (known == null) {
            String prompt = variant.prompted() ? job.source() : "";
            RunSettings settings = sampling(1).apply(RunSettings.DEFAULT);
            double before = sharedSeconds;
            Inversion inversion = shared(
                    () -> model.invert(watch.apply(variant.inverter()), job.picture(), List.of(prompt), settings));
            known = new Inverted(inversion, sharedSeconds - before);
            inversions.put(variant.name(), known);
        }
        return known;
    }

    /** Does something that other edits of the picture profit from as well, so that it does not count as time of this one. */
    <T> T shared(Supplier<T> work) {
        long start = System.nanoTime();
        T made = work.get();
        sharedSeconds += (System.nanoTime() - start) / NANOS;
        return made;
    }

    /** What was spent on things that all edits of the picture share, in seconds. */
    public double sharedSeconds() {
        return sharedSeconds;
    }

    /** How well the picture comes back, if it is known. */
    @Nullable
    Reconstruction known(String under) {
        return reconstructions.get(under);
    }

    /** Notes how well the picture comes back under a way, a guidance and what else matters. */
    void note(String under, Reconstruction reconstruction) {
        reconstructions.put(under, reconstruction);
    }

    /** Where the source's words are in the picture, on the way of DDIM inversion. */
    public PromptHeatMaps heatMaps() {
        PromptHeatMaps maps = heatMaps;
        if (maps == null) {
            Inversion inversion = inversion(InversionVariant.DDIM);
            maps = shared(() -> {
                HeatMapRun run = HeatMapRequest.of(inversion.prompt())
                        .inverted(inversion)
                        .on(model);
                run.run().finish();
                return run.maps();
            });
            heatMaps = maps;
        }
        return maps;
    }

    /** Where the prompts of the job make the model see different things in the picture. */
    HeatMap promptDifference() {
        HeatMap map = promptDifference;
        if (map == null) {
            INDArray latents = latents();
            map = shared(() -> PromptDifference.of(model, latents, job.source(), job.target()));
            promptDifference = map;
        }
        return map;
    }

    /** The latents of the picture, {@code [1, 4, h, w]}. */
    INDArray latents() {
        return inversion(InversionVariant.DDIM).level(0);
    }

    /** The picture as it comes back from its latents, without an edit, {@code [1, 3, H, W]}. */
    INDArray unedited() {
        INDArray decoded = unedited;
        if (decoded == null) {
            INDArray latents = latents();
            decoded = shared(() -> model.decode(latents));
            unedited = decoded;
        }
        return decoded;
    }

    /** One picture of decoded latents, {@code [1, 3, H, W]}. */
    INDArray decoded(INDArray latents, int picture) {
        return model.decode(
                latents.get(NDArrayIndex.interval(picture, picture + 1)).dup('c'));
    }
}
