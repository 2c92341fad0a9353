package org.sd15.cli;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.cli.report.FileNames;
import org.sd15.cli.report.MaskPicture;
import org.sd15.cli.report.PicturePage;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.denoise.ConstantTexts;
import org.sd15.pipeline.denoise.RunSettings;
import org.sd15.pipeline.edit.ledits.Concept;
import org.sd15.pipeline.edit.ledits.LeditsEditing;
import org.sd15.pipeline.edit.ledits.LeditsRequest;
import org.sd15.pipeline.image.Pictures;
import org.sd15.pipeline.image.PngFile;
import org.sd15.pipeline.inversion.Inversion;
import org.sd15.pipeline.inversion.NoiseMapInverter;
import org.sd15.pipeline.schedule.SamplerName;
import org.sd15.pipeline.words.Conformance;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Adds concepts to given pictures and takes others away, by LEDITS++. */
@Command(
        name = "ledits",
        footer = {
            "sd15 ledits --image in.png --edit \"+tennis ball\" --edit \"-cat\" --output out",
            "sd15 ledits --image in.png --edit \"+glasses\" --edit-guidance 12 --mask both"
        },
        description = "Add concepts to a picture, or take them away (LEDITS++).",
        mixinStandardHelpOptions = true)
final class LeditsCommand implements Callable<Integer> {

    private static final double SOURCE_GUIDANCE = 3.5;

    private static final SamplerName SAMPLER = new SamplerName("DPM++ 2M SDE", SamplerName.UNIFORM);

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
    private ConceptOptions edits = new ConceptOptions();

    @Option(
            names = "--image",
            required = true,
            paramLabel = "FILE",
            description = "The picture; repeatable for a batch of one size.")
    private List<Path> images = List.of();

    @Mixin
    private FitOptions fitting = new FitOptions();

    @Option(names = "--source", paramLabel = "P", description = "What the picture shows (default: unset).")
    private String source = "";

    @Option(
            names = "--source-guidance",
            paramLabel = "W",
            description = "With --source: guidance of the inversion (default: 3.5).")
    @InRange
    private @Nullable Double sourceGuidance;

    @Option(
            names = "--skip",
            paramLabel = "F",
            description = "Share of the noise that is left out (default: 0.15); one for all edits.")
    @InRange(from = 0, to = 1, below = true)
    private List<Double> skips = List.of();

    @Override
    public Integer call() throws Exception {
        style.addLoras(model, written());
        List<Concept> concepts = edits.concepts(style::withoutLoras);
        NoiseMapInverter inverter = inverter();
        InputFiles inputs = madeFrom.addTo(sampling.addTo(model.inputs()));
        images.forEach(image -> inputs.picture("--image", image));
        output.require(images.size(), inputs);
        try (StableDiffusion diffusion = model.load()) {
            style.warn(diffusion, List.of(source));
            style.warn(diffusion, concepts.stream().map(Concept::prompt).toList());
            RunSettings chosen = style.of(sampling.of(diffusion)).apply(RunSettings.DEFAULT);
            String shown = style.withoutLoras(source);
            List<String> prompts = Collections.nCopies(images.size(), shown);
            INDArray pictures = pictures(diffusion);
            int redrawn = source.isBlank() ? 1 : 2;
            double rows = redrawn * 3.0 + concepts.size(); // inverted, redrawn, edited
            fitting.expect(diffusion, model, pictures, sampling.steps() * rows * images.size());
            List<String> edited = Stream.concat(
                            Stream.of(shown), concepts.stream().map(Concept::prompt))
                    .toList();
            Inversion inversion = Inverting.of(diffusion, chosen, edited).invert(inverter, pictures, prompts);
            LeditsRequest request = LeditsRequest.of(inversion, concepts.toArray(Concept[]::new))
                    .promptStyle(style.style());
            LeditsEditing editing = diffusion.ledits(request.known(Inverting.reconstruction(
                    inversion.steps(), listener -> request.reconstruction(diffusion, listener))));
            Console.note("%s", editing.reconstruction());
            output.finish("editing", editing.run());
            write(diffusion, editing, concepts);
        }
        return 0;
    }

    private List<String> written() {
        List<String> all = new ArrayList<>(List.of(source));
        all.addAll(edits.written());
        return all;
    }

    /** The tokens of the edit, with which the pictures are inverted too. */
    private int tokens(StableDiffusion diffusion, List<Concept> concepts) {
        List<String> all = new ArrayList<>(List.of(style.withoutLoras(source)));
        concepts.forEach(concept -> all.add(concept.prompt()));
        return new ConstantTexts(diffusion.components(), style.style()).tokens(all);
    }

    private NoiseMapInverter inverter() {
        if (skips.stream().distinct().count() > 1) {
            throw new IllegalArgumentException(
                    "--skip is %s: all edits start from one inversion, give one share".formatted(skips));
        }
        if (sampling.schedulerName() != null) {
            throw new IllegalArgumentException(
                    "--scheduler can't be chosen here: LEDITS++ has its own, dpm++2m-sde with the noise of the inversion");
        }
        if (source.isBlank() && sourceGuidance != null) {
            throw new IllegalArgumentException("--source-guidance needs a --source to guide to");
        }
        double guidance = source.isBlank() ? 0 : sourceGuidance == null ? SOURCE_GUIDANCE : sourceGuidance;
        return NoiseMapInverter.leditsPlusPlus(skips.isEmpty() ? 0.15 : skips.get(0), guidance, Conformance.CORRECTED);
    }

    private INDArray pictures(StableDiffusion diffusion) throws IOException {
        List<INDArray> pictures = new ArrayList<>();
        for (Path path : images) {
            BufferedImage image = fitting.read(path, null, null, diffusion).fitted();
            INDArray pixels = Pictures.fromImage(image);
            if (!pictures.isEmpty() && !Arrays.equals(pictures.get(0).shape(), pixels.shape())) {
                throw new IllegalArgumentException(
                        "%s becomes %d x %d, the first picture %d x %d: --resize crop makes all of one size"
                                .formatted(
                                        path,
                                        image.getWidth(),
                                        image.getHeight(),
                                        pictures.get(0).size(3),
                                        pictures.get(0).size(2)));
            }
            pictures.add(pixels);
        }
        return Nd4j.concat(0, pictures.toArray(INDArray[]::new));
    }

    private void write(StableDiffusion diffusion, LeditsEditing editing, List<Concept> concepts) throws IOException {
        INDArray decoded = output.decoded(diffusion, editing.run().latents());
        INDArray masks = editing.everMasked(); // [edits, pictures, h, w]
        output.note("zs", Nd4j.stack(0, editing.inversion().noiseMaps().toArray(INDArray[]::new)));
        output.note("masks", images.size() == 1 ? masks.reshape(masks.size(0), masks.size(2), masks.size(3)) : masks);
        List<BufferedImage> edited = Pictures.toImages(decoded);
        if (output.isPicture()) {
            save(output.picture(), edited.get(0), concepts);
        } else {
            List<String> prompts = concepts.stream().map(Concept::prompt).toList();
            FileNames names = FileNames.of(prompts);
            PicturePage page = new PicturePage(edits(concepts));
            List<BufferedImage> given = Pictures.toImages(java.util.Objects.requireNonNull(
                    editing.inversion().source().pictures()));
            for (int p = 0; p < edited.size(); p++) {
                String number = edited.size() == 1 ? "" : "-" + (p + 1);
                save(output.inFolder("after" + number + ".png"), edited.get(p), concepts);
                page.add("given" + number, editing.reconstruction().toString(), given.get(p));
                page.add("after" + number, edits(concepts), edited.get(p));
                for (int c = 0; c < concepts.size(); c++) {
                    String name = "mask%s-%d-%s.png".formatted(number, c + 1, names.name(prompts.get(c)));
                    BufferedImage mask = MaskPicture.of(masks.slice(c).slice(p), edited.get(p));
                    save(output.inFolder(name), mask, concepts);
                    page.add("mask" + number, "white where \"%s\" acted".formatted(prompts.get(c)), mask);
                }
            }
            Map<String, String> parameters = sampling.parameters(SAMPLER, model, edited.get(0), "LEDITS++");
            output.page(output.inFolder("page.html"), page.html(output.parameters(parameters)));
        }
        output.writeDump();
    }

    private static String edits(List<Concept> concepts) {
        return concepts.stream()
                .map(concept -> (concept.removed() ? "-" : "+") + concept.prompt())
                .collect(Collectors.joining(", "));
    }

    private void save(Path path, BufferedImage image, List<Concept> concepts) throws IOException {
        Map<String, String> parameters = sampling.parameters(SAMPLER, model, image, "LEDITS++");
        PngFile.write(path, image, output.texts(edits(concepts), parameters));
        Console.result(path);
    }
}
