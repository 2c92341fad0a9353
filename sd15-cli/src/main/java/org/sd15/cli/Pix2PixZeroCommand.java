package org.sd15.cli;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.denoise.Denoising;
import org.sd15.pipeline.edit.zero.EditDirection;
import org.sd15.pipeline.edit.zero.Pix2PixZeroRequest;
import org.sd15.pipeline.image.Pictures;
import org.sd15.pipeline.inversion.DdimInverter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Moves a picture along a direction between two concepts, by pix2pix-zero. */
@Command(
        name = "pix2pix-zero",
        footer = {
            "sd15 pix2pix-zero --image in.png --source \"a cat\" --from \"a cat\" --to \"a dog\"",
            "sd15 pix2pix-zero --source \"a cat\" --from-file cats.txt --to-file dogs.txt --amount 0.2"
        },
        description =
                "Move a picture from one concept to another, its layout kept (pix2pix-zero). The concepts are given by"
                        + " sentences that have them; no prompt of the edited picture is needed.",
        mixinStandardHelpOptions = true)
final class Pix2PixZeroCommand implements Callable<Integer> {

    /** What a gradient costs, in predictions. */
    private static final int GRADIENT = 3;

    @Mixin
    private ModelOptions model = new ModelOptions();

    @Mixin
    private SamplingOptions sampling = new SamplingOptions();

    @Mixin
    private PromptOptions style = new PromptOptions();

    @Mixin
    private MadeFrom madeFrom = new MadeFrom();

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Mixin
    private ImageOptions image = new ImageOptions();

    @Option(names = "--source", paramLabel = "P", required = true, description = "What the picture shows.")
    private String source = "";

    @Option(names = "--from", paramLabel = "P", description = "A sentence with the concept that is there; repeatable.")
    private List<String> from = List.of();

    @Option(names = "--to", paramLabel = "P", description = "A sentence with the concept that is to come; repeatable.")
    private List<String> to = List.of();

    @Option(names = "--from-file", paramLabel = "FILE", description = "Such sentences, one a line; UTF-8.")
    private @Nullable Path fromFile;

    @Option(names = "--to-file", paramLabel = "FILE", description = "Such sentences, one a line; UTF-8.")
    private @Nullable Path toFile;

    @Option(
            names = "--amount",
            paramLabel = "F",
            defaultValue = "0.1",
            description = "How strongly the layout is kept; 0 for not at all (default: 0.1, as published).")
    @InRange
    private double amount;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws Exception {
        requireSentences("--from", from, fromFile);
        requireSentences("--to", to, toFile);
        style.addLoras(model, List.of(source));
        InputFiles inputs = image.addTo(madeFrom.addTo(sampling.addTo(model.inputs())));
        output.require(1, inputs.file("--from-file", fromFile).file("--to-file", toFile));
        List<String> sources = sentences("--from-file", from, fromFile);
        List<String> targets = sentences("--to-file", to, toFile);
        try (StableDiffusion diffusion = model.load()) {
            style.warn(diffusion, written(sources, targets));
            INDArray picture = image.picture(diffusion);
            EditDirection direction = EditDirection.between(diffusion, style.style(), sources, targets);
            Pix2PixZeroRequest request = Pix2PixZeroRequest.of(style.withoutLoras(source), direction)
                    .amount(amount)
                    .sampling(style.of(sampling.of(diffusion)));
            if (picture == null) {
                image.expectDrawing(diffusion, model, (double) sampling.steps() * rows());
            } else {
                image.expect(diffusion, model, picture, sampling.steps() * (1.0 + rows()));
                request.settings().requireNoStart();
                List<String> shown = List.of(style.withoutLoras(source));
                request = request.inverted(
                        Inverting.of(diffusion, request.settings(), shown).invert(new DdimInverter(), picture, shown));
            }
            Denoising run = request.on(diffusion);
            output.finish("editing", run);
            finish(diffusion, picture, run);
        }
        return 0;
    }

    private List<String> written(List<String> sources, List<String> targets) {
        return Stream.of(List.of(source), sources, targets)
                .flatMap(List::stream)
                .toList();
    }

    /** Predictions of a step: of both pictures, and the gradient of those of the edited one. */
    private int rows() {
        int drawn = 2 * sampling.rows();
        return amount == 0 ? drawn : drawn * (1 + GRADIENT);
    }

    private void requireSentences(String option, List<String> typed, @Nullable Path file) {
        if (typed.isEmpty() && file == null) {
            throw new ParameterException(
                    spec.commandLine(),
                    "Give sentences with %s, or a file of them with %s-file".formatted(option, option));
        }
    }

    private static List<String> sentences(String option, List<String> typed, @Nullable Path file) throws IOException {
        List<String> all = new ArrayList<>(typed);
        if (file != null) {
            Files.readAllLines(file).stream()
                    .map(String::strip)
                    .filter(line -> !line.isEmpty())
                    .forEach(all::add);
        }
        if (all.isEmpty()) {
            throw new IllegalArgumentException("%s %s has no sentence in it".formatted(option, file));
        }
        return all;
    }

    private void finish(StableDiffusion diffusion, @Nullable INDArray picture, Denoising run) throws IOException {
        INDArray pictures = output.decoded(diffusion, run.latents());
        Map<String, BufferedImage> named = new LinkedHashMap<>();
        Map<String, String> captions = new LinkedHashMap<>(Map.of("before", source));
        if (picture != null) {
            named.put("given", Pictures.toImages(picture).get(0));
            captions.put("given", ImageOptions.tellLoss(picture, pictures.get(NDArrayIndex.interval(0, 1))));
        }
        List<BufferedImage> images = Pictures.toImages(pictures);
        named.put("before", images.get(0));
        named.put("after", images.get(1));
        String method =
                "pix2pix-zero: %s, from %s to %s".formatted(amount, described(from, fromFile), described(to, toFile));
        new ResultPictures(
                        output,
                        source,
                        sampling.parameters(sampling.editing(diffusion), model, images.get(0), method),
                        captions)
                .write(named, List.of("after"));
        output.writeDump();
    }

    private static String described(List<String> typed, @Nullable Path file) {
        return file == null ? typed.toString() : "%s and %s".formatted(typed, file);
    }
}
