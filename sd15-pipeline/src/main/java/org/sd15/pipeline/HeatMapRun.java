package org.sd15.pipeline;

import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.attention.control.AttentionSite;
import org.sd15.pipeline.edit.EditProgram;
import org.sd15.pipeline.edit.Grid;
import org.sd15.pipeline.edit.PromptWords;
import org.sd15.pipeline.edit.RowLayout;
import org.sd15.pipeline.heatmap.HeatMapOptions;
import org.sd15.pipeline.heatmap.HeatMapProgram;
import org.sd15.pipeline.heatmap.HeatMapSelection;
import org.sd15.pipeline.heatmap.HeatMaps;
import org.sd15.pipeline.heatmap.PromptHeatMaps;
import org.sd15.pipeline.inversion.Inversion;
import org.sd15.pipeline.inversion.SourceTrajectory;
import org.sd15.pipeline.schedule.Sampler;

/** A run that shows which pixels each word of its prompt looked at. */
public final class HeatMapRun {

    private final PromptWords prompt;
    private final HeatMaps maps;
    private final Denoising run;

    private HeatMapRun(PromptWords prompt, HeatMaps maps, Denoising run) {
        this.prompt = prompt;
        this.maps = maps;
        this.run = run;
    }

    /** A run that draws the prompt. */
    public static HeatMapRun drawn(StableDiffusion model, String text, UnaryOperator<RunSettings> change) {
        return drawn(model, text, change, HeatMapOptions.DEFAULT);
    }

    /**
     * A run that draws the prompt.
     *
     * @param options what is kept of the attention, for {@link #maps(HeatMapSelection)}
     */
    public static HeatMapRun drawn(
            StableDiffusion model, String text, UnaryOperator<RunSettings> change, HeatMapOptions options) {
        RunSettings settings = change.apply(RunSettings.DEFAULT);
        long[] shape = new RunFactory(model).latentShape(settings, 1);
        Grid latents = new Grid((int) shape[2], (int) shape[3]);
        PromptWords prompt = PromptWords.of(text, model.tokenizer()::encode);
        HeatMaps maps = maps(model, prompt, latents, settings.guidance().guided(), options);
        GenerationRequest request = GenerationRequest.of(text)
                .settings(unset -> settings.program(new HeatMapProgram(maps)))
                .build();
        return new HeatMapRun(prompt, maps, model.generate(request));
    }

    /** {@link #given(StableDiffusion, String, INDArray, UnaryOperator, HeatMapOptions)} with the usual options. */
    public static HeatMapRun given(
            StableDiffusion model, String text, INDArray picture, UnaryOperator<RunSettings> change) {
        return given(model, text, picture, change, HeatMapOptions.DEFAULT);
    }

    /**
     * A run that goes through a picture: it is inverted at once, and held on that way when it is drawn again.
     *
     * @param picture values from 0 to 1, {@code [1, 3, H, W]}
     * @param text what the picture shows
     * @param options what is kept of the attention, for {@link #maps(HeatMapSelection)}
     */
    public static HeatMapRun given(
            StableDiffusion model,
            String text,
            INDArray picture,
            UnaryOperator<RunSettings> change,
            HeatMapOptions options) {
        RunSettings unguided = change.apply(RunSettings.DEFAULT).guidance(1).guidanceRescale(0);
        unguided.requireNoStart();
        return through(model, new RunFactory(model).invert(picture, text, unguided), unguided, options);
    }

    /**
     * A run through a picture that was inverted before, by a deterministic method: it is held on that way.
     *
     * @param inversion of one picture under its prompt
     * @param options what is kept of the attention, for {@link #maps(HeatMapSelection)}
     */
    public static HeatMapRun given(StableDiffusion model, Inversion inversion, HeatMapOptions options) {
        RunSettings unguided = RunSettings.DEFAULT.steps(inversion.steps()).guidance(1);
        return through(model, inversion, unguided, options);
    }

    private static HeatMapRun through(
            StableDiffusion model, Inversion inversion, RunSettings unguided, HeatMapOptions options) {
        String text = inversion.prompt();
        RunFactory runs = new RunFactory(model);
        INDArray start = inversion.level(inversion.steps());
        Grid latents = new Grid(Math.toIntExact(start.size(2)), Math.toIntExact(start.size(3)));
        PromptWords prompt = PromptWords.of(text, model.tokenizer()::encode);
        HeatMaps maps = maps(model, prompt, latents, false, options);
        EditProgram program = EditProgram.chain(List.of(new SourceTrajectory(inversion, 0), new HeatMapProgram(maps)));
        Sampler sampler = inversion.course().sampler(model.saidToOthers(), 0);
        return new HeatMapRun(prompt, maps, runs.denoise(sampler, unguided, List.of(text), program, start));
    }

    /**
     * Makes sure that a prompt has some words and that a selection chooses something, before anything is computed.
     *
     * @param height of the picture, in pixels
     * @param width of the picture, in pixels
     * @param steps of the run
     * @throws IllegalArgumentException if a word is not there, or there would be nothing to show
     */
    public static void require(
            StableDiffusion model,
            String text,
            List<String> words,
            long height,
            long width,
            int steps,
            HeatMapSelection selection) {
        PromptWords prompt = PromptWords.of(text, model.tokenizer()::encode);
        words.forEach(prompt::tokens);
        int factor = model.vae().config().factor();
        Grid latents = new Grid(Math.toIntExact(height / factor), Math.toIntExact(width / factor));
        maps(model, prompt, latents, false, HeatMapOptions.DEFAULT).require(selection, steps);
    }

    private static HeatMaps maps(
            StableDiffusion model, PromptWords prompt, Grid latents, boolean guided, HeatMapOptions options) {
        List<AttentionSite> sites = model.unet().sites(latents.height(), latents.width(), prompt.keys());
        return new HeatMaps(sites, latents, new RowLayout(1, guided), Map.of(0, prompt), options);
    }

    /** The run. */
    public Denoising run() {
        return run;
    }

    /** The heat maps from the steps done. */
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
