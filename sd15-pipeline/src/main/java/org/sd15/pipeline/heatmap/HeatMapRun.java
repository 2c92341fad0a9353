package org.sd15.pipeline.heatmap;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.attention.control.AttentionSite;
import org.sd15.pipeline.denoise.Denoising;
import org.sd15.pipeline.denoise.EditProgram;
import org.sd15.pipeline.denoise.GenerationRequest;
import org.sd15.pipeline.denoise.Grid;
import org.sd15.pipeline.denoise.RowLayout;
import org.sd15.pipeline.denoise.RunFactory;
import org.sd15.pipeline.denoise.RunSettings;
import org.sd15.pipeline.denoise.Stage;
import org.sd15.pipeline.inversion.Inversion;
import org.sd15.pipeline.inversion.InversionRequest;
import org.sd15.pipeline.inversion.SourceTrajectory;
import org.sd15.pipeline.model.Components;
import org.sd15.pipeline.model.DiffusionModel;
import org.sd15.pipeline.prompt.PromptSchedule;
import org.sd15.pipeline.schedule.Sampler;
import org.sd15.pipeline.words.PromptWords;
import org.sd15.pipeline.words.WordsByStep;

/** A run that shows which pixels attended to each word of its prompt. */
public final class HeatMapRun {

    private final HeatMaps maps;
    private final Denoising run;

    private HeatMapRun(HeatMaps maps, Denoising run) {
        this.maps = maps;
        this.run = run;
    }

    /** A run that draws the prompt. */
    public static HeatMapRun drawn(DiffusionModel model, String text, UnaryOperator<RunSettings> change) {
        return HeatMapRequest.of(text).sampling(change).on(model);
    }

    /** A run that goes through a picture, {@code [1, 3, H, W]} with values from 0 to 1. */
    public static HeatMapRun given(
            DiffusionModel model, String text, INDArray picture, UnaryOperator<RunSettings> change) {
        return HeatMapRequest.of(text).picture(picture).sampling(change).on(model);
    }

    static HeatMapRun of(Components model, HeatMapRequest request) {
        INDArray picture = request.picture();
        Inversion inversion = request.inversion();
        if (inversion == null && picture == null) {
            return drawn(model, request);
        }
        RunSettings unguided = request.settings().guidance(1).guidanceRescale(0);
        unguided.requireNoStart();
        if (inversion == null) {
            inversion = InversionRequest.of(Objects.requireNonNull(picture), request.prompt())
                    .sampling(usual -> unguided)
                    .on(model);
        }
        return through(model, inversion, unguided, request.options());
    }

    private static HeatMapRun drawn(Components model, HeatMapRequest request) {
        RunSettings settings = request.settings();
        int calls = new RunFactory(model).drawingStage(settings, 1).steps();
        WordsByStep prompt =
                WordsByStep.of(request.prompt(), new PromptSchedule(settings.promptStyle(), calls), model.tokenizer());
        Stage stage = new RunFactory(model, prompt.keys()).drawingStage(settings, 1);
        var heat = new HeatMapProgram(HeatMaps.byStep(stage, Map.of(0, prompt), request.options()));
        GenerationRequest drawing = GenerationRequest.of(request.prompt())
                .settings(usual -> settings.program(heat))
                .build();
        return new HeatMapRun(heat.maps(), drawing.on(model));
    }

    private static HeatMapRun through(
            Components model, Inversion inversion, RunSettings unguided, HeatMapOptions options) {
        PromptWords prompt = words(model, inversion.prompt(), unguided);
        RunFactory runs = new RunFactory(model, prompt.keys());
        INDArray start = inversion.level(inversion.steps());
        Sampler sampler = inversion.schedule().sampler(model.schedulerConfig(), 0);
        Stage stage = runs.stage(sampler, start, unguided.guidance());
        HeatMapProgram heat = method(prompt, options).over(stage);
        List<EditProgram> programs = new ArrayList<>(List.of(new SourceTrajectory(inversion, 0), heat));
        programs.addAll(unguided.programs(stage));
        List<String> prompts = List.of(inversion.prompt());
        EditProgram all = EditProgram.chain(programs);
        return new HeatMapRun(heat.maps(), runs.denoise(sampler, unguided, prompts, all, start));
    }

    private static PromptWords words(Components model, String prompt, RunSettings settings) {
        return PromptWords.of(prompt, settings.promptStyle(), model.tokenizer());
    }

    private static HeatMapMethod method(PromptWords prompt, HeatMapOptions options) {
        return new HeatMapMethod(Map.of(0, prompt), options);
    }

    /**
     * Makes sure that the prompt of a request has some words and that a selection chooses something, before anything is
     * computed.
     *
     * @param height of the picture, in pixels
     * @param width of the picture, in pixels
     * @throws IllegalArgumentException if a word is not there, or there would be nothing to show
     */
    public static void require(
            DiffusionModel model,
            HeatMapRequest request,
            List<String> words,
            long height,
            long width,
            HeatMapSelection selection) {
        Components components = model.components();
        RunSettings settings = request.settings();
        PromptWords prompt = request.picture() == null && request.inversion() == null
                ? WordsByStep.of(
                                request.prompt(),
                                new PromptSchedule(settings.promptStyle(), settings.steps()),
                                components.tokenizer())
                        .all()
                : words(components, request.prompt(), settings);
        words.forEach(prompt::tokens);
        int factor = components.vae().config().factor();
        Grid latents = new Grid(Math.toIntExact(height / factor), Math.toIntExact(width / factor));
        List<AttentionSite> sites = components.unet().sites(latents.height(), latents.width(), prompt.keys());
        new HeatMaps(sites, latents, new RowLayout(1, false), Map.of(0, prompt), HeatMapOptions.DEFAULT)
                .require(selection, settings.steps());
    }

    /** The run. Its latents are {@code [1, 4, h, w]}. */
    public Denoising run() {
        return run;
    }

    /** The heat maps from the steps done, in the size of the latents. */
    public PromptHeatMaps maps() {
        return maps.of(0);
    }

    /**
     * The heat maps of some layers, heads or steps.
     *
     * @throws IllegalArgumentException if the selection chooses nothing, or steps that were not kept by themselves
     */
    public PromptHeatMaps maps(HeatMapSelection selection) {
        return maps.of(0, selection);
    }
}
