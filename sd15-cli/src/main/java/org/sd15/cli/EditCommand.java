package org.sd15.cli;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.sd15.cli.report.EditReport;
import org.sd15.cli.report.StepStrip;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.denoise.Denoising;
import org.sd15.pipeline.denoise.Grid;
import org.sd15.pipeline.denoise.RunFactory;
import org.sd15.pipeline.denoise.RunSettings;
import org.sd15.pipeline.edit.prompt.Blend;
import org.sd15.pipeline.edit.prompt.EditRequest;
import org.sd15.pipeline.edit.prompt.Editing;
import org.sd15.pipeline.image.Pictures;
import org.sd15.pipeline.image.PngFile;
import org.sd15.pipeline.inversion.Inversion;
import org.sd15.pipeline.inversion.InvertedPicture;
import org.sd15.pipeline.inversion.Replay;
import org.sd15.pipeline.inversion.SourceReplay;
import org.sd15.shapes.EmbeddedModel;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Edits a picture through its prompt, by prompt-to-prompt. */
@Command(
        name = "edit",
        footer = {
            "sd15 edit --source \"a photo of a cat\" --target \"a photo of a dog\" --blend cat,dog",
            "sd15 edit --image in.png --source \"a cat\" --target \"a cat in snow\" --output out"
        },
        description = "Edit a picture through its prompt (prompt-to-prompt). Without options: a word swap on the"
                + " embedded model.",
        mixinStandardHelpOptions = true)
final class EditCommand implements Callable<Integer> {

    /** The maps of a quarter of the embedded model's latents, 4x4, are too coarse for a star. */
    private static final Blend AROUND = Blend.of("star", "star").threshold(0.6).resolution(new Grid(8, 8));

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
    private EditOptions edit = new EditOptions();

    @Mixin
    private ImageOptions image = new ImageOptions();

    @Option(names = "--source", paramLabel = "P", description = "Prompt of the picture.")
    private @Nullable String source;

    @Option(names = "--target", paramLabel = "P", description = "Prompt of the edited picture; repeatable.")
    private List<String> targets = List.of();

    @Option(
            names = "--inversion",
            paramLabel = "METHOD",
            defaultValue = "direct",
            description = "direct, ddim, negative-prompt, null-text or edit-friendly (default: direct).")
    private String inversion = "direct";

    @Option(
            names = "--skip",
            paramLabel = "F",
            defaultValue = "0",
            description = "With --image: share of the steps to leave out, next to the noise (default: 0).")
    @InRange(from = 0, to = 1, below = true)
    private double skip;

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        style.addLoras(model, written());
        output.require(targets.size(), image.addTo(madeFrom.addTo(sampling.addTo(model.inputs()))));
        try (StableDiffusion diffusion = model.load()) {
            EditRequest request = request(diffusion);
            style.warn(diffusion, written());
            request.requireWords(diffusion);
            if (image.isGiven()) {
                request = request.picture(inverted(diffusion, request));
            }
            Editing editing = request.on(diffusion);
            editing.alignments().forEach(alignment -> Console.results(alignment.table()));
            editing.reconstruction().ifPresent(report -> Console.note("%s", report));
            expectDrawing(diffusion, editing.run());
            StepStrip strip = new StepStrip(diffusion, editing.run().count());
            output.finish("editing", editing.run(), strip::add);
            finish(diffusion, request, editing, strip);
        }
        return 0;
    }

    private List<String> written() {
        List<String> all = new ArrayList<>(targets);
        if (source != null) {
            all.add(0, source);
        }
        return all;
    }

    private EditRequest request(StableDiffusion diffusion) throws IOException {
        boolean example = source == null && targets.isEmpty() && !image.isGiven() && model.isEmbedded();
        if (!example && (source == null || targets.isEmpty())) {
            CommandSpec self = java.util.Objects.requireNonNull(spec);
            throw new ParameterException(self.commandLine(), "Give both --source and --target");
        }
        EditRequest request = example
                ? EditRequest.of(EmbeddedModel.SOURCE, EmbeddedModel.TARGET).edit(usual -> usual.blend(AROUND))
                : EditRequest.of(
                        style.withoutLoras(String.valueOf(source)),
                        style.withoutLoras(targets).toArray(String[]::new));
        return request.edit(edit::apply).withHeatMaps().sampling(style.of(sampling.of(diffusion)));
    }

    /** The given picture, inverted, and how well it comes back. */
    private InvertedPicture inverted(StableDiffusion diffusion, EditRequest request) throws IOException {
        INDArray pixels = Objects.requireNonNull(image.picture(diffusion));
        InversionChoice way = InversionChoice.of(inversion, sampling.guidance());
        RunSettings settings = request.settings();
        settings.requireNoStart();
        int redrawn = way.replay() == Replay.HELD ? 0 : sampling.rows();
        double rows = way.rows()
                + redrawn
                + (double) sampling.rows() * (1 + request.targets().size());
        image.expect(diffusion, model, pixels, sampling.steps() * rows);
        List<String> edited = Stream.concat(Stream.of(request.source()), request.targets().stream())
                .toList();
        Inverting inverting = Inverting.of(diffusion, settings, edited);
        Inversion inverted = inverting.invert(way.inverter(), pixels, List.of(request.source()));
        InvertedPicture picture = new InvertedPicture(inverted, way.replay(), skip, null);
        SourceReplay replay = SourceReplay.of(diffusion.components(), inverted, picture);
        RunFactory runs = new RunFactory(diffusion.components(), inverting.tokens());
        return picture.known(
                redrawn == 0
                        ? replay.measure(runs, settings, step -> {})
                        : Inverting.reconstruction(
                                replay.sampler().calls(), listener -> replay.measure(runs, settings, listener)));
    }

    private void expectDrawing(StableDiffusion diffusion, Denoising run) {
        if (!image.isGiven()) {
            double predictions = (double) run.count() * run.start().size(0) * sampling.rows();
            image.fitting()
                    .time()
                    .expect(diffusion, model.isFused(), false, run.start().shape(), predictions);
        }
    }

    private void finish(StableDiffusion diffusion, EditRequest request, Editing editing, StepStrip strip)
            throws IOException {
        INDArray pictures = output.decoded(diffusion, editing.run().latents());
        editing.mask(editing.run().count() - 1).ifPresent(mask -> output.note("mask", mask));
        editing.inversion().map(Inversion::stacked).ifPresent(levels -> output.note("inverted", levels));
        Map<String, String> parameters = parameters(request, diffusion);
        BufferedImage first = Pictures.toImages(pictures).get(0);
        Map<String, String> texts = output.texts(
                String.join(" | ", request.targets()),
                sampling.parameters(sampling.editing(diffusion), model, first, "prompt-to-prompt"));
        List<BufferedImage> images = Pictures.toImages(pictures);
        if (output.isPicture()) {
            PngFile.write(output.picture(), images.get(1), texts);
            Console.result(output.picture());
        } else {
            EditReport.Given given = given(diffusion, editing);
            var report = new EditReport(request, editing, images, given, strip.image(), parameters, texts);
            List<Path> written = report.write(output::inFolder);
            written.forEach(Console::result);
            output.show(written.get(written.size() - 1));
        }
        output.writeDump();
    }

    private EditReport.@Nullable Given given(StableDiffusion diffusion, Editing editing) throws IOException {
        Inversion inverted = editing.inversion().orElse(null);
        if (inverted == null) {
            return null;
        }
        INDArray redrawn = editing.run().latents().get(NDArrayIndex.interval(0, 1));
        boolean held = redrawn.equalsWithEps(inverted.level(0), 0);
        return new EditReport.Given(
                image.given(diffusion, null, null).fitted(),
                held
                        ? null
                        : Pictures.toImages(diffusion.decode(inverted.level(0))).get(0),
                editing.reconstruction().map(Object::toString).orElse(""));
    }

    private Map<String, String> parameters(EditRequest request, StableDiffusion diffusion) {
        Map<String, String> parameters = new LinkedHashMap<>();
        parameters.put("model", model.name());
        parameters.put("source", source == null ? request.source() : source);
        parameters.put("target", String.join(" | ", targets.isEmpty() ? request.targets() : targets));
        parameters.put("sampling", sampling.describe("ddim") + style.describe());
        parameters.putAll(edit.describe());
        parameters.put(
                "picture", image.isGiven() ? "%s, inversion %s".formatted(image.describe(), inversion) : "drawn");
        parameters.put("size", diffusion.pictureSize() + " pixels");
        return parameters;
    }
}
