package org.sd15.cli;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.cli.report.PicturePage;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.denoise.Denoising;
import org.sd15.pipeline.denoise.GenerationRequest;
import org.sd15.pipeline.denoise.GenerationRequest.Source;
import org.sd15.pipeline.denoise.GenerationRequestBuilder;
import org.sd15.pipeline.image.GenerationParameters;
import org.sd15.pipeline.image.Inpaint;
import org.sd15.pipeline.image.Pictures;
import org.sd15.pipeline.image.PngFile;
import org.sd15.pipeline.schedule.SamplerName;
import org.sd15.pipeline.schedule.Scheduler;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Draws pictures of prompts. */
@Command(
        name = "generate",
        footer = {
            "sd15 generate --prompt \"a red circle\" --seed 7 --steps 30 --output circle.png",
            "sd15 generate --params-from circle.png --lora style.safetensors:0.8 --output other.png"
        },
        description = "Draw pictures of prompts.",
        mixinStandardHelpOptions = true)
final class GenerateCommand implements Callable<Integer> {

    @Mixin
    private ModelOptions model = new ModelOptions();

    @Mixin
    private SamplingOptions sampling = new SamplingOptions();

    @Mixin
    private PromptOptions style = new PromptOptions();

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Mixin
    private PromptEmbedsOptions embeds = new PromptEmbedsOptions();

    @Mixin
    private ParametersFrom parametersFrom = new ParametersFrom();

    @Option(names = "--prompt", description = "What to draw; several make a batch.")
    private List<String> prompts = List.of();

    @Option(names = "--negative", description = "What to stay away from; one, or one a prompt.")
    private List<String> negative = List.of();

    @Mixin
    private SizeOptions size = new SizeOptions();

    @Option(names = "--count", paramLabel = "K", defaultValue = "1", description = "Pictures a prompt (default: 1).")
    @InRange(from = 1, to = 10_000)
    private int count;

    @Mixin
    private EtaOption eta = new EtaOption();

    @Option(names = "--clip-skip", defaultValue = "0", description = "Layers of the text encoder to leave out.")
    @InRange(from = 0)
    private int clipSkip;

    @Option(names = "--guidance-rescale", defaultValue = "0", description = "0 to 1 (default: 0).")
    @InRange(from = 0, to = 1)
    private double guidanceRescale;

    @Mixin
    private ImageOptions image = new ImageOptions();

    @Mixin
    private MaskOptions mask = new MaskOptions();

    @Mixin
    private StrengthOption strength = new StrengthOption();

    private @Nullable Inpaint inpaint;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws Exception {
        prepare();
        try (StableDiffusion diffusion = model.load()) {
            draw(diffusion);
        }
        return 0;
    }

    /** What is drawn by. */
    ModelOptions model() {
        return model;
    }

    /** Refuses a scheduler that is not known. */
    void requireScheduler(StableDiffusion diffusion) {
        sampling.scheduler(diffusion);
    }

    /** Refuses what can't be drawn, before anything is loaded. */
    void prepare() throws IOException {
        embeds.check();
        parametersFrom.fill(model);
        if (embeds.areGiven()) {
            prompts = embeds.prompts();
        }
        if (prompts.isEmpty()) {
            throw new ParameterException(spec.commandLine(), "Missing required option: '--prompt=<prompts>'");
        }
        style.addLoras(model, written());
        if (!image.isGiven() && (mask.path() != null || strength.isSet())) {
            throw new IllegalArgumentException("--mask and --strength need a picture: --image FILE");
        }
        InputFiles inputs = image.addTo(embeds.addTo(parametersFrom.addTo(sampling.addTo(model.inputs()))));
        inputs.picture("--mask", mask.path());
        output.require(parametersFrom.wanted(prompts.size() * count), inputs);
    }

    /** Draws with a model that was loaded as its options say. */
    void draw(StableDiffusion diffusion) throws IOException {
        Denoising run = diffusion.generate(request(diffusion));
        style.warn(diffusion, written());
        expect(diffusion, run);
        diffusion.textEncoder().trim(); // it has done its work
        output.finish("drawing", run);
        INDArray pictures = output.decoded(diffusion, run.latents());
        write(Pictures.toImages(pictures), diffusion);
        output.writeDump();
    }

    private List<String> written() {
        return Stream.concat(prompts.stream(), negative.stream()).toList();
    }

    private GenerationRequest request(StableDiffusion diffusion) throws IOException {
        GenerationRequestBuilder request = GenerationRequest.of(withoutLoras(prompts))
                .negative(withoutLoras(negative))
                .count(count)
                .settings(style.of(sampling.of(diffusion)))
                .size(image.isGiven() ? null : size.width(), image.isGiven() ? null : size.height())
                .clipSkip(clipSkip)
                .guidanceRescale(guidanceRescale);
        if (embeds.areGiven()) {
            embeds.addTo(request, count);
        }
        if (eta.isSet()) {
            request.scheduler(eta.of(sampling.scheduler(diffusion), diffusion));
        }
        return request.source(source(diffusion)).build();
    }

    private String[] withoutLoras(List<String> written) {
        return style.withoutLoras(written).toArray(String[]::new);
    }

    private @Nullable Source source(StableDiffusion diffusion) throws IOException {
        if (!image.isGiven()) {
            return null;
        }
        if (mask.path() == null) {
            GivenImage given = image.given(diffusion, size.width(), size.height());
            return new Source(Pictures.fromImage(given.fitted()), strength(), null);
        }
        GivenImage given = mask.isOnlyMasked() ? image.unfitted() : image.given(diffusion, size.width(), size.height());
        Inpaint whole = mask.of(given, size.width(), size.height(), diffusion);
        inpaint = whole;
        return new Source(whole.seen(), strength(), whole.painted());
    }

    private void expect(StableDiffusion diffusion, Denoising run) {
        INDArray start = run.start();
        double predictions = (double) run.count() * start.size(0) * sampling.rows();
        image.fitting().time().expect(diffusion, model.isFused(), image.isGiven(), start.shape(), predictions);
    }

    private double strength() {
        return strength.value(mask.path() != null);
    }

    private void write(List<BufferedImage> images, StableDiffusion diffusion) throws IOException {
        PicturePage page = new PicturePage(String.join(" | ", prompts));
        int written = 0;
        for (int i : parametersFrom.numbers(images.size())) {
            Path path = output.isPicture() ? output.picture() : output.numbered(written++);
            BufferedImage finished = inpaint == null ? images.get(i) : inpaint.finished(images.get(i));
            PngFile.write(path, finished, output.hasMetadata() ? texts(i, images, diffusion) : Map.of());
            Console.result(path);
            page.add(String.valueOf(path.getFileName()), prompts.get(i / count), finished);
        }
        if (written > 1) { // one a run, as its pictures are numbered on
            output.page(output.pageBeside(0), page.html(values(images.get(0), diffusion)));
        }
    }

    private Map<String, String> texts(int number, List<BufferedImage> images, StableDiffusion diffusion)
            throws IOException {
        int prompt = number / count;
        String avoided = negative.isEmpty() ? "" : negative.get(negative.size() == 1 ? 0 : prompt);
        Map<String, String> values = values(images.get(number), diffusion);
        if (images.size() > 1) {
            values.put("Batch size", Integer.toString(images.size()));
            values.put("Batch pos", Integer.toString(number));
        }
        values.put("Version", Versions.SD15);
        return output.texts(new GenerationParameters(prompts.get(prompt), avoided, values).text());
    }

    private Map<String, String> values(BufferedImage drawn, StableDiffusion diffusion) throws IOException {
        Scheduler chosen = sampling.scheduler(diffusion);
        Map<String, String> values =
                sampling.parameters(SamplerName.of(chosen == null ? diffusion.scheduler() : chosen));
        values.put("Size", drawn.getWidth() + "x" + drawn.getHeight());
        values.putAll(model.parameters());
        if (image.isGiven()) {
            values.put("Denoising strength", Double.toString(strength()));
            values.put("Image", image.name());
        }
        values.putAll(mask.parameters());
        values.putAll(image.fitting().parameters());
        if (clipSkip > 0) {
            values.put("Clip skip", Integer.toString(clipSkip + 1)); // there, 1 is the last layer
        }
        values.putAll(eta.parameters());
        if (guidanceRescale != 0) {
            values.put("Guidance rescale", Double.toString(guidanceRescale));
        }
        values.putAll(style.parameters());
        values.putAll(embeds.parameters());
        values.putAll(sampling.noiseParameters());
        return values;
    }
}
