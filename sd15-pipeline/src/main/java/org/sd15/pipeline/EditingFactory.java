package org.sd15.pipeline;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.attention.control.AttentionSite;
import org.sd15.pipeline.EditRequest.Blend;
import org.sd15.pipeline.EditRequest.Edit;
import org.sd15.pipeline.EditRequest.GivenPicture;
import org.sd15.pipeline.EditRequest.InversionMethod;
import org.sd15.pipeline.GenerationRequest.Sampling;
import org.sd15.pipeline.edit.EditProgram;
import org.sd15.pipeline.edit.EditPrompts;
import org.sd15.pipeline.edit.Grid;
import org.sd15.pipeline.edit.Inversion;
import org.sd15.pipeline.edit.LocalBlend;
import org.sd15.pipeline.edit.LocalBlendProgram;
import org.sd15.pipeline.edit.LocalBlendRun;
import org.sd15.pipeline.edit.PromptToPrompt;
import org.sd15.pipeline.edit.PromptToPromptProgram;
import org.sd15.pipeline.edit.PromptWords;
import org.sd15.pipeline.edit.RowLayout;
import org.sd15.pipeline.edit.SourceTrajectory;
import org.sd15.pipeline.heatmap.HeatMapOptions;
import org.sd15.pipeline.heatmap.HeatMapProgram;
import org.sd15.pipeline.heatmap.HeatMaps;
import org.sd15.pipeline.schedule.DdimScheduler;
import org.sd15.pipeline.schedule.Sampler;
import org.sd15.pipeline.schedule.Scheduler;

/** Makes an edit of a request. */
final class EditingFactory {

    private final RunFactory runs;
    private final EditRequest request;
    private final Sampling sampling;
    private final EditPrompts prompts;
    private final PromptToPrompt edit;
    private final StableDiffusion model;

    EditingFactory(StableDiffusion model, EditRequest request) {
        this.model = model;
        this.runs = new RunFactory(model);
        this.request = request;
        this.sampling = request.base().sampling();
        this.prompts = EditPrompts.of(request.source(), request.targets(), model.tokenizer()::encode);
        this.edit = promptToPrompt(request.edit());
    }

    Editing create() {
        GivenPicture given = request.picture();
        Inversion inversion = given == null ? null : runs.invert(given.picture(), request.source(), sampling);
        int skipped = given == null ? 0 : (int) (given.skip() * sampling.steps());
        Scheduler scheduler =
                Objects.requireNonNullElseGet(sampling.scheduler(), () -> new DdimScheduler(model.saidToOthers()));
        Sampler sampler = scheduler.sampler(sampling.steps(), skipped);
        INDArray start = start(inversion, skipped, sampler);
        Run run = new Run(
                new Grid(Math.toIntExact(start.size(2)), Math.toIntExact(start.size(3))),
                new RowLayout(prompts.pictures(), sampling.guidance().guided()),
                sampler.calls());
        LocalBlendRun blend = blend(run);
        HeatMaps heatMaps = request.heatMaps() ? heatMaps(run) : null;
        List<EditProgram> programs = new ArrayList<>();
        programs.add(new PromptToPromptProgram(edit, run.latents(), run.steps(), run.rows()));
        if (given != null && given.inversion() == InversionMethod.DIRECT && inversion != null) {
            programs.add(new SourceTrajectory(inversion, skipped));
        }
        Optional.ofNullable(blend).map(LocalBlendProgram::new).ifPresent(programs::add);
        Optional.ofNullable(heatMaps).map(HeatMapProgram::new).ifPresent(programs::add);
        programs.addAll(request.base().programs());
        List<String> texts = prompts.all().stream().map(PromptWords::prompt).toList();
        Denoising denoising = runs.denoise(sampler, sampling, texts, EditProgram.chain(programs), start);
        return new Editing(edit, inversion, blend, heatMaps, denoising);
    }

    private record Run(Grid latents, RowLayout rows, int steps) {}

    private PromptToPrompt promptToPrompt(Edit wanted) {
        PromptToPrompt words = PromptToPrompt.of(prompts)
                .align(wanted.mode())
                .crossSteps(wanted.crossGate())
                .selfSteps(wanted.selfGate());
        for (Map.Entry<String, Double> weight : wanted.weights().entrySet()) {
            words = words.weight(weight.getKey(), weight.getValue());
        }
        return words;
    }

    /** The same latents for all pictures: noise, or where the inversion led. */
    private INDArray start(@Nullable Inversion inversion, int skipped, Sampler sampler) {
        INDArray one = inversion == null
                ? runs.startNoise(request.base()).mul(sampler.initNoiseSigma())
                : inversion.level(inversion.steps() - skipped);
        INDArray[] all = new INDArray[prompts.pictures()];
        Arrays.fill(all, one);
        return Nd4j.concat(0, all);
    }

    private List<AttentionSite> sites(Run run) {
        int tokens = prompts.source().keys();
        return model.unet().sites(run.latents().height(), run.latents().width(), tokens);
    }

    private @Nullable LocalBlendRun blend(Run run) {
        Blend wanted = request.edit().blend();
        if (wanted == null) {
            return null;
        }
        int last = wanted.words().size() - 1;
        List<List<String>> words = new ArrayList<>();
        for (int i = 0; i < prompts.pictures(); i++) {
            words.add(List.of(wanted.words().get(Math.min(i, last))));
        }
        LocalBlend blend = LocalBlend.of(prompts, words).thresholds(wanted.threshold(), wanted.threshold());
        if (wanted.resolution() != null) {
            blend = blend.resolution(wanted.resolution());
        }
        return blend.over(sites(run), run.latents(), run.rows(), run.steps());
    }

    private HeatMaps heatMaps(Run run) {
        Map<Integer, PromptWords> subjects = new LinkedHashMap<>();
        for (int i = 0; i < prompts.pictures(); i++) {
            subjects.put(i, prompts.all().get(i));
        }
        return new HeatMaps(sites(run), run.latents(), run.rows(), subjects, HeatMapOptions.DEFAULT);
    }
}
