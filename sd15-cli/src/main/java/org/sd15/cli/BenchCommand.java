package org.sd15.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.attention.fused.FusedExecution;
import org.sd15.attention.fused.Precision;
import org.sd15.attention.fused.Profile;
import org.sd15.attention.graph.Execution;
import org.sd15.benchmark.timing.MeasuredComponents;
import org.sd15.benchmark.timing.Measurement;
import org.sd15.benchmark.timing.PictureTiming;
import org.sd15.benchmark.timing.Workload;
import org.sd15.benchmark.timing.Workloads;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.model.ModelFiles;
import org.sd15.unet.Checkpointing;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Measures one component, with a warm-up before n runs, or one whole picture. */
@Command(
        name = "bench",
        footer = {"sd15 bench unet --synthetic --size 64 --runs 3", "sd15 bench text --json"},
        description = "Time one component: load, one warm-up, then some runs; or one whole picture, without a warm-up."
                + " Tells the peak memory of the process.",
        mixinStandardHelpOptions = true)
final class BenchCommand implements Callable<Integer> {

    @Mixin
    private ModelOptions model = new ModelOptions();

    @Parameters(
            paramLabel = "WHAT",
            description =
                    "picture (from files to pixels), unet (a prediction), unet-controlled (with prompt-to-prompt's ports), vae (a decoding),"
                            + " text (77 tokens), train-lora or train-full (a step).")
    private String what = "";

    @Option(names = "--size", defaultValue = "64", description = "Side of the latents (default: 64).")
    @InRange(from = 1, to = 2048)
    private int size;

    @Option(names = "--batch", defaultValue = "1", description = "Pictures or texts at once (default: 1).")
    @InRange(from = 1, to = 10_000)
    private int batch;

    @Option(names = "--steps", defaultValue = "3", description = "Steps of a picture (default: 3).")
    @InRange(from = 1, to = 1000)
    private int steps;

    @Option(names = "--runs", defaultValue = "3", description = "Runs after the warm-up (default: 3).")
    @InRange(from = 1)
    private int runs;

    @Option(
            names = "--synthetic",
            description = "Stable Diffusion 1.5 in its real size with made-up weights, instead of a model.")
    private boolean synthetic;

    @Option(
            names = "--profile",
            description =
                    "Also tell where the time goes, by operation: a table on stderr, \"profile\" in the JSON. Fused"
                            + " only.")
    private boolean profile;

    @Option(names = "--gradient-checkpointing", description = "For a step of training: keep less, compute more.")
    private boolean checkpointing;

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    @Override
    public Integer call() throws Exception {
        if (what.equalsIgnoreCase("picture")) {
            picture();
            return 0;
        }
        Execution execution = model.execution();
        Profile times = new Profile();
        if (profile) {
            execution = profiled(execution, times);
        }
        try (ModelFiles files = model.open(execution)) {
            MeasuredComponents components =
                    synthetic ? new MeasuredComponents.Synthetic(execution) : new MeasuredComponents.OnDisk(files);
            report(Measurement.of(() -> workload(components), runs, times::clear), execution, times);
        }
        return 0;
    }

    private void picture() throws Exception {
        if (synthetic || profile) {
            throw new IllegalArgumentException(
                    "bench picture is of a model's files: --synthetic and --profile are for its components");
        }
        Execution execution = model.execution();
        PictureTiming timing = PictureTiming.of(() -> StableDiffusion.of(model.open(execution)), size, steps);
        PictureBench bench = new PictureBench(timing, execution.name(), precision(execution), size);
        Console.results(json ? bench.json() : bench.text());
    }

    private static Execution profiled(Execution execution, Profile into) {
        if (execution instanceof FusedExecution fused) {
            return fused.profiled(into);
        }
        throw new IllegalArgumentException("--profile needs --execution fused");
    }

    private Workload workload(MeasuredComponents components) throws IOException {
        return switch (what.toLowerCase(Locale.ROOT)) {
            case "unet" -> Workloads.unet(components, batch, size);
            case "unet-controlled" -> Workloads.controlledUnet(components, batch, size);
            case "vae" -> Workloads.vae(components, batch, size);
            case "text" -> Workloads.text(components, batch);
            case "train-lora" -> Workloads.trainLora(components, batch, size, checkpointing());
            case "train-full" -> Workloads.trainFull(components, batch, size, checkpointing());
            default ->
                throw new IllegalArgumentException(
                        ("there is nothing to measure called \"%s\"; known are picture, unet, unet-controlled, vae, text,"
                                        + " train-lora, train-full")
                                .formatted(what));
        };
    }

    private Checkpointing checkpointing() {
        return checkpointing ? Checkpointing.BLOCKS : Checkpointing.NONE;
    }

    private void report(Measurement measured, Execution execution, Profile times) throws IOException {
        if (profile) {
            Console.details(new ProfileTable(times, measured.total(), runs).toString());
        }
        if (!json) {
            Console.result(String.format(
                    Locale.ROOT,
                    "%s, %s, batch %d, size %d: best %.3f s of %d, loaded in %.2f s, peak resident %.2f GB",
                    what,
                    execution.name(),
                    batch,
                    size,
                    measured.best(),
                    runs,
                    measured.loadSeconds(),
                    measured.peakRssGb().orElse(Double.NaN)));
            return;
        }
        ObjectMapper mapper = new ObjectMapper();
        ObjectNode node = mapper.createObjectNode();
        node.put("what", what).put("batch", batch).put("size", size);
        node.put("precision", precision(execution)).put("execution", execution.name());
        node.put("threads", Nd4j.getEnvironment().maxThreads());
        node.put("load_seconds", measured.loadSeconds());
        measured.seconds().forEach(node.putArray("seconds")::add);
        measured.peakRssGb().ifPresentOrElse(gb -> node.put("peak_rss_gb", gb), () -> node.putNull("peak_rss_gb"));
        if (profile) {
            ProfileTable.write(times, runs, node.putArray("profile"));
        }
        Console.results(mapper.writeValueAsString(node));
    }

    private static String precision(Execution execution) {
        Precision precision = execution instanceof FusedExecution fused ? fused.precision() : Precision.FLOAT32;
        return precision.name().toLowerCase(Locale.ROOT);
    }
}
