package org.sd15.pipeline.denoise;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.denoise.GenerationRequest.Source;
import org.sd15.pipeline.image.Pictures;
import org.sd15.pipeline.model.Components;
import org.sd15.pipeline.prompt.PromptStyle;
import org.sd15.pipeline.schedule.BrownianNoise;
import org.sd15.pipeline.schedule.Sampler;
import org.sd15.pipeline.schedule.Scheduler;

/**
 * Makes denoising runs of requests.
 *
 * @param model whose runs they are
 * @param tokens of the text states at least: shorter prompts get chunks of the empty one
 */
public record RunFactory(Components model, int tokens) {

    /** Runs with as many tokens as the prompts have. */
    public RunFactory(Components model) {
        this(model, model.tokenizer().encode("").maxLength());
    }

    Denoising generate(GenerationRequest request) {
        RunSettings settings = request.settings();
        PictureRandom random = PictureRandom.of(settings.seeds(), request.pictures());
        Source source = request.source();
        Sampler sampler = scheduler(settings).sampler(settings.steps(), source == null ? 0 : skipped(settings, source));
        requireNoise(settings, sampler);
        LatentStart start = start(request, sampler, random);
        RunTexts texts = texts(request, sampler.calls());
        List<EditProgram> programs = new ArrayList<>(List.of(texts.program()));
        programs.addAll(start.programs());
        programs.addAll(settings.programs(stage(sampler, start.latents(), texts)));
        var inputs = new Denoising.Inputs(
                sampler,
                texts.guidance(),
                texts.first(),
                EditProgram.chain(programs),
                noise(sampler, settings, random),
                start.extraChannels());
        return new Denoising(model.unet(), inputs, start.latents());
    }

    /** A run from given latents with empty negative prompts. */
    public Denoising denoise(
            Sampler sampler, RunSettings settings, List<String> prompts, EditProgram program, INDArray start) {
        requireNoise(settings, sampler);
        NoiseSource noise = noise(sampler, settings, PictureRandom.of(settings.seeds(), prompts.size()));
        return denoise(sampler, settings, Texts.of(prompts), program, noise, start);
    }

    /**
     * The texts of a run.
     *
     * @param prompts one a picture
     * @param negative one a picture
     */
    public record Texts(List<String> prompts, List<String> negative) {

        static Texts of(List<String> prompts) {
            return new Texts(prompts, Collections.nCopies(prompts.size(), ""));
        }
    }

    /** A run from given latents. */
    public Denoising denoise(
            Sampler sampler,
            RunSettings settings,
            Texts texts,
            EditProgram program,
            NoiseSource noise,
            INDArray start) {
        RunTexts run = new ScheduledTexts(model, settings, tokens).of(texts, sampler.calls());
        EditProgram all = EditProgram.chain(List.of(run.program(), program));
        return denoise(sampler, settings.guidance(), run.first(), all, noise, start);
    }

    /** A run from given latents and text states. */
    public Denoising denoise(
            Sampler sampler,
            Guidance guidance,
            INDArray context,
            EditProgram program,
            NoiseSource noise,
            INDArray start) {
        var inputs = new Denoising.Inputs(sampler, guidance, context, program, noise, null);
        return new Denoising(model.unet(), inputs, start);
    }

    /** What methods have to know of a run under a guidance. */
    public Stage stage(Sampler sampler, INDArray latents, RowGuidance guidance) {
        return stage(sampler, latents, Math.toIntExact(latents.size(0)), guidance);
    }

    /** What methods have to know of a run of some pictures, whose latents are of one size. */
    public Stage stage(Sampler sampler, INDArray latents, int pictures, RowGuidance guidance) {
        return stage(sampler, latents, new RowLayout(pictures, guidance.rowsPerPicture()));
    }

    /** What methods have to know of a run whose rows are laid out in this way. */
    public Stage stage(Sampler sampler, INDArray latents, RowLayout rows) {
        return stage(sampler, Grid.of(latents), rows);
    }

    private Stage stage(Sampler sampler, INDArray latents, RunTexts texts) {
        RowLayout rows =
                new RowLayout(Math.toIntExact(latents.size(0)), texts.guidance().rowsPerPicture());
        return stage(
                sampler, Grid.of(latents), rows, Math.toIntExact(texts.first().size(1)));
    }

    private Stage stage(Sampler sampler, Grid latents, RowLayout rows) {
        return stage(sampler, latents, rows, tokens);
    }

    private Stage stage(Sampler sampler, Grid latents, RowLayout rows, int tokens) {
        return new Stage(model.unet().sites(latents.height(), latents.width(), tokens), latents, rows, sampler);
    }

    /** What methods have to know of a run that draws pictures from noise. */
    public Stage drawingStage(RunSettings settings, int pictures) {
        long[] shape = latentShape(settings, pictures);
        Grid latents = new Grid(Math.toIntExact(shape[2]), Math.toIntExact(shape[3]));
        RowLayout rows = new RowLayout(pictures, settings.guidance().rowsPerPicture());
        return stage(scheduler(settings).sampler(settings.steps()), latents, rows);
    }

    private Scheduler scheduler(RunSettings settings) {
        return Objects.requireNonNullElse(settings.scheduler(), model.scheduler());
    }

    /** Start noise of one picture, {@code [1, 4, h, w]}, not yet scaled. */
    public INDArray startNoise(RunSettings settings) {
        INDArray given = settings.latents();
        long[] shape = latentShape(settings, 1);
        return given == null ? PictureRandom.of(settings.seeds(), 1).randn(shape) : LatentStart.given(given, shape);
    }

    private LatentStart start(GenerationRequest request, Sampler sampler, PictureRandom random) {
        Source source = request.source();
        if (source == null) {
            INDArray given = request.settings().latents();
            long[] shape = latentShape(request.settings(), request.pictures());
            return LatentStart.noise(sampler, given == null ? random.randn(shape) : LatentStart.given(given, shape));
        }
        request.settings().requireNoSize();
        int channels = model.unet().config().inChannels();
        return source.mask() == null
                ? LatentStart.picture(model.vae(), sampler, source, random, request.pictures())
                : LatentStart.inpainting(model.vae(), sampler, source, random, request.pictures(), channels);
    }

    private static int skipped(RunSettings settings, Source source) {
        int done = Math.min((int) (settings.steps() * source.strength()), settings.steps());
        if (done == 0) {
            throw new IllegalArgumentException("strength %s leaves none of %d steps; raise one of them"
                    .formatted(source.strength(), settings.steps()));
        }
        return settings.steps() - done;
    }

    /** Shape of the latents of a run that draws. */
    long[] latentShape(RunSettings settings, int pictures) {
        return new long[] {
            pictures,
            model.vae().config().latentChannels(),
            latentSide("height", settings.height()),
            latentSide("width", settings.width())
        };
    }

    private long latentSide(String name, @Nullable Integer pixels) {
        int factor = model.vae().config().factor();
        int side = Objects.requireNonNullElse(pixels, model.pictureSize());
        if (side < factor || side % factor != 0) {
            throw new IllegalArgumentException("%s is %d, must be a multiple of %d, for instance %d"
                    .formatted(name, side, factor, Math.max(factor, side - side % factor)));
        }
        Pictures.requireSides(side, side);
        return side / factor;
    }

    /** Refuses noise for too few steps before the first of them. */
    private static void requireNoise(RunSettings settings, Sampler sampler) {
        INDArray given = settings.noise();
        for (int call = 0; given != null && call < sampler.calls(); call++) {
            if (call >= given.size(0) && sampler.drawsNoise(call)) {
                throw new IllegalArgumentException(
                        "the noise has %d steps, step %d needs one as well".formatted(given.size(0), call));
            }
        }
    }

    /** What is given, or what the sampler takes from a Brownian motion or draws. */
    public static NoiseSource noise(Sampler sampler, RunSettings settings, PictureRandom random) {
        BrownianNoise brownian = sampler.brownianNoise();
        return settings.noise() != null || brownian == null
                ? noise(settings, random)
                : new BrownianSource(brownian, random);
    }

    /** What is given, or what the random numbers of the pictures say. */
    public static NoiseSource noise(RunSettings settings, PictureRandom random) {
        return settings.noise() == null ? (step, shape) -> random.randn(shape) : NoiseSource.of(settings.noise());
    }

    private static List<String> repeated(List<String> prompts, int count) {
        return prompts.stream()
                .flatMap(prompt -> Collections.nCopies(count, prompt).stream())
                .toList();
    }

    private RunTexts texts(GenerationRequest request, int calls) {
        List<String> prompts = repeated(request.prompts(), request.count());
        List<String> negative = repeated(request.unconditionalPrompts(), request.count());
        PromptStates given = request.promptStates();
        if (given != null) {
            return new GivenTexts(model, given).texts(request.settings().guidance(), negative);
        }
        RunSettings settings = request.settings();
        return settings.promptStyle() == PromptStyle.PLAIN
                ? RunTexts.constant(
                        settings.guidance(),
                        new ConstantTexts(model, PromptStyle.PLAIN).context(prompts, negative, settings, tokens))
                : StyledTexts.of(model, settings, prompts, negative, calls);
    }
}
