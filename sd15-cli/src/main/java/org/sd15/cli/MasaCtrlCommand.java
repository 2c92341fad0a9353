package org.sd15.cli;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.edit.masactrl.MasaCtrl;
import org.sd15.pipeline.edit.masactrl.MasaCtrl.Foreground;
import org.sd15.pipeline.edit.masactrl.MasaCtrlRequest;
import org.sd15.pipeline.edit.masactrl.MasaCtrlRun;
import org.sd15.pipeline.image.Pictures;
import org.sd15.pipeline.inversion.DdimInverter;
import org.sd15.pipeline.inversion.Inversion;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Draws a picture again in another pose or shape, by MasaCtrl. */
@Command(
        name = "masactrl",
        footer = {
            "sd15 masactrl --source \"a cat, sitting\" --target \"a cat, running\" --output out",
            "sd15 masactrl --image in.png --target \"a cat, running\" --start-step 6"
        },
        description = "Draw a picture again in another pose or shape, with what is seen in it kept (MasaCtrl).",
        mixinStandardHelpOptions = true)
final class MasaCtrlCommand implements Callable<Integer> {

    private static final int WORDS = 2;

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

    @Option(
            names = "--source",
            paramLabel = "P",
            description = "Prompt of the picture (default with --image: empty, as published).")
    private @Nullable String source;

    @Option(
            names = "--target",
            paramLabel = "P",
            required = true,
            description = "Prompt of the edited picture; repeatable.")
    private List<String> targets = List.of();

    @Option(
            names = "--start-step",
            paramLabel = "N",
            defaultValue = "4",
            description = "First step that is controlled, from 0 (default: 4).")
    @InRange(from = 0)
    private int startStep;

    @Option(
            names = "--start-layer",
            paramLabel = "N",
            description =
                    "First layer that is controlled (default: of the up blocks, from half the size of the latents on,"
                            + " 10 in Stable Diffusion 1.5).")
    @InRange(from = 0)
    private @Nullable Integer startLayer;

    @Option(
            names = "--mask-words",
            paramLabel = "SRCWORD,TGTWORD",
            description = "Keep the object of a word apart from the background.")
    private @Nullable String maskWords;

    @Option(
            names = "--mask-threshold",
            paramLabel = "F",
            defaultValue = "0.1",
            description = "With --mask-words: share of a word's attention that counts (default: 0.1).")
    @InRange(from = 0, to = 1)
    private double maskThreshold;

    @Option(names = "--source-mask", paramLabel = "FILE", description = "White at the object of the source.")
    private @Nullable Path sourceMask;

    @Option(names = "--target-mask", paramLabel = "FILE", description = "White where the object is to be.")
    private @Nullable Path targetMask;

    private @Nullable INDArray picture;

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        if (source == null && !image.isGiven()) {
            CommandSpec self = java.util.Objects.requireNonNull(spec);
            throw new ParameterException(self.commandLine(), "Give --source, or a picture with --image");
        }
        List<String> written = new ArrayList<>(List.of(source == null ? "" : source));
        written.addAll(targets);
        style.addLoras(model, written);
        output.require(
                targets.size(),
                image.addTo(madeFrom.addTo(sampling.addTo(model.inputs())))
                        .picture("--source-mask", sourceMask)
                        .picture("--target-mask", targetMask));
        try (StableDiffusion diffusion = model.load()) {
            style.warn(diffusion, written);
            MasaCtrlRequest request = request(diffusion);
            request.requireWords(diffusion);
            int drawn = sampling.rows() * (1 + targets.size());
            if (picture == null) {
                image.expectDrawing(diffusion, model, (double) sampling.steps() * drawn);
            } else {
                request.settings().requireNoStart();
                image.expect(diffusion, model, picture, sampling.steps() * (1.0 + drawn));
                request = request.inverted(Inverting.of(diffusion, request.settings(), style.withoutLoras(written))
                        .invert(new DdimInverter(), picture, List.of(request.source())));
            }
            MasaCtrlRun run = request.on(diffusion);
            output.finish("editing", run.run());
            finish(diffusion, run);
        }
        return 0;
    }

    private MasaCtrlRequest request(StableDiffusion diffusion) throws IOException {
        picture = image.picture(diffusion);
        MasaCtrl control = MasaCtrl.DEFAULT.fromStep(startStep).foreground(foreground(diffusion));
        MasaCtrl complete = startLayer == null ? control : control.fromLayer(startLayer);
        return MasaCtrlRequest.of(
                        source == null ? "" : style.withoutLoras(source),
                        style.withoutLoras(targets).toArray(String[]::new))
                .control(usual -> complete)
                .sampling(style.of(sampling.of(diffusion)));
    }

    private Foreground foreground(StableDiffusion diffusion) throws IOException {
        if (maskWords != null) {
            String[] words = maskWords.split(",", -1);
            if (words.length != WORDS) {
                throw new IllegalArgumentException(
                        "--mask-words is \"%s\", must be a word of the source and one of the target: cat,dog"
                                .formatted(maskWords));
            }
            return new Foreground.Words(words[0], words[1], maskThreshold);
        }
        if (sourceMask == null && targetMask == null) {
            return new Foreground.None();
        }
        if (sourceMask == null || targetMask == null) {
            throw new IllegalArgumentException("--source-mask and --target-mask go together");
        }
        return new Foreground.Given(mask(sourceMask, diffusion), mask(targetMask, diffusion));
    }

    private INDArray mask(Path path, StableDiffusion diffusion) throws IOException {
        INDArray white = image.mask(path, diffusion);
        return white.reshape(white.size(2), white.size(3));
    }

    private void finish(StableDiffusion diffusion, MasaCtrlRun run) throws IOException {
        INDArray pictures = output.decoded(diffusion, run.run().latents());
        run.foreground(0, run.run().count() - 1).ifPresent(mask -> output.note("mask", mask));
        run.inversion(0).map(Inversion::stacked).ifPresent(levels -> output.note("inverted", levels));
        Map<String, BufferedImage> named = new LinkedHashMap<>();
        Map<String, String> captions = new LinkedHashMap<>(Map.of("before", source == null ? "" : source));
        if (picture != null) {
            named.put("given", Pictures.toImages(picture).get(0));
            captions.put("given", ImageOptions.tellLoss(picture, pictures.get(NDArrayIndex.interval(0, 1))));
        }
        List<BufferedImage> images = Pictures.toImages(pictures);
        named.put("before", images.get(0));
        List<String> results = new ArrayList<>();
        for (int i = 1; i < images.size(); i++) {
            results.add(images.size() == 2 ? "after" : "after-" + i);
            named.put(results.get(i - 1), images.get(i));
            captions.put(results.get(i - 1), targets.get(i - 1));
        }
        String method = "MasaCtrl from step %d, picture: %s".formatted(startStep, image.describe());
        Map<String, String> parameters = sampling.parameters(sampling.editing(diffusion), model, images.get(0), method);
        new ResultPictures(output, String.join(" | ", targets), parameters, captions).write(named, results);
        output.writeDump();
    }
}
