package org.sd15.cli;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.cli.report.EditReport;
import org.sd15.cli.report.StepStrip;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.denoise.Grid;
import org.sd15.pipeline.edit.prompt.Blend;
import org.sd15.pipeline.edit.prompt.EditRequest;
import org.sd15.pipeline.edit.prompt.Editing;
import org.sd15.pipeline.image.Pictures;
import org.sd15.pipeline.image.PngFile;
import org.sd15.pipeline.inversion.GivenPicture;
import org.sd15.pipeline.inversion.Inversion;
import org.sd15.pipeline.inversion.InversionMethod;
import org.sd15.pipeline.inversion.NullTextInverter;
import org.sd15.pipeline.inversion.Replay;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Edits a picture through its prompt, by prompt-to-prompt. */
@Command(
        name = "edit",
        description = "Edit a picture through its prompt (prompt-to-prompt). Without options: a word swap on the"
                + " embedded model.",
        mixinStandardHelpOptions = true)
final class EditCommand implements Callable<Integer> {

    private static final String SOURCE = "a large blue star on a white background";
    private static final String TARGET = "a large red star on a white background";

    /** The maps of a quarter of the embedded model's latents, 4x4, are too coarse for a star. */
    private static final Blend AROUND = Blend.of("star", "star").threshold(0.6).resolution(new Grid(8, 8));

    @Mixin
    private ModelOptions model = new ModelOptions();

    @Mixin
    private SamplingOptions sampling = new SamplingOptions();

    @Mixin
    private PromptOptions style = new PromptOptions();

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Mixin
    private EditOptions edit = new EditOptions();

    @Mixin
    private ResizeOption resize = new ResizeOption();

    @Option(names = "--source", paramLabel = "P", description = "Prompt of the picture.")
    private @Nullable String source;

    @Option(names = "--target", paramLabel = "P", description = "Prompt of the edited picture; repeatable.")
    private List<String> targets = List.of();

    @Option(names = "--image", paramLabel = "FILE", description = "A picture to edit, instead of a drawn one.")
    private @Nullable Path image;

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
        output.require(targets.size(), sampling.addTo(model.inputs()).picture("--image", image));
        try (StableDiffusion diffusion = model.load()) {
            EditRequest request = request(diffusion);
            style.warn(diffusion, written());
            Editing editing = request.on(diffusion);
            editing.alignments().forEach(alignment -> Console.results(alignment.table()));
            editing.reconstruction().ifPresent(report -> Console.note("%s", report));
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
        boolean example = source == null && targets.isEmpty() && image == null && model.isEmbedded();
        if (!example && (source == null || targets.isEmpty())) {
            CommandSpec self = java.util.Objects.requireNonNull(spec);
            throw new ParameterException(self.commandLine(), "Give both --source and --target");
        }
        EditRequest request = example
                ? EditRequest.of(SOURCE, TARGET).edit(usual -> usual.blend(AROUND))
                : EditRequest.of(
                        style.withoutLoras(String.valueOf(source)),
                        style.withoutLoras(targets).toArray(String[]::new));
        EditRequest complete = request.edit(edit::apply).withHeatMaps().sampling(style.of(sampling.of(diffusion)));
        return image == null ? complete : complete.picture(given(diffusion, image));
    }

    private GivenPicture given(StableDiffusion diffusion, Path path) throws IOException {
        BufferedImage picture = resize.fit(path, PngFile.read(path), diffusion);
        INDArray pixels = Pictures.fromImage(picture);
        return switch (inversion.toLowerCase(Locale.ROOT)) {
            case "direct" -> new GivenPicture(pixels, InversionMethod.DIRECT, skip);
            case "ddim" -> new GivenPicture(pixels, InversionMethod.DDIM, skip);
            case "negative-prompt" -> new GivenPicture(pixels, InversionMethod.NEGATIVE_PROMPT, skip);
            case "null-text" -> new GivenPicture(pixels, new NullTextInverter(sampling.guidance()), Replay.FREE, skip);
            case "edit-friendly" -> new GivenPicture(pixels, InversionMethod.EDIT_FRIENDLY, skip);
            default ->
                throw new IllegalArgumentException(
                        "--inversion is \"%s\", must be direct, ddim, negative-prompt, null-text or edit-friendly"
                                .formatted(inversion));
        };
    }

    private void finish(StableDiffusion diffusion, EditRequest request, Editing editing, StepStrip strip)
            throws IOException {
        INDArray pictures = output.decoded(diffusion, editing.run().latents());
        editing.mask(editing.run().count() - 1).ifPresent(mask -> output.note("mask", mask));
        editing.inversion().map(Inversion::stacked).ifPresent(levels -> output.note("inverted", levels));
        Map<String, String> parameters = parameters(request, diffusion);
        List<BufferedImage> images = Pictures.toImages(pictures);
        if (output.isPicture()) {
            PngFile.write(output.picture(), images.get(1), output.texts(parameters.toString()));
            Console.result(output.picture());
        } else {
            var report = new EditReport(
                    request, editing, images, strip.image(), parameters, output.texts(parameters.toString()));
            report.write(output::inFolder).forEach(Console::result);
        }
        output.writeDump();
    }

    private Map<String, String> parameters(EditRequest request, StableDiffusion diffusion) {
        Map<String, String> parameters = new LinkedHashMap<>();
        parameters.put("model", model.name());
        parameters.put("source", source == null ? request.source() : source);
        parameters.put("target", String.join(" | ", targets.isEmpty() ? request.targets() : targets));
        parameters.put("sampling", sampling.describe("ddim") + style.describe());
        parameters.put("edit", request.edit().toString());
        parameters.put("picture", image == null ? "drawn" : "%s, inversion %s".formatted(image, inversion));
        parameters.put("size", diffusion.pictureSize() + " pixels");
        return parameters;
    }
}
