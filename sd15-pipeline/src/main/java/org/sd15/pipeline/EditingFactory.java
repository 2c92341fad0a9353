package org.sd15.pipeline;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.attention.control.AttentionSite;
import org.sd15.pipeline.EditRequest.Blend;
import org.sd15.pipeline.EditRequest.Edit;
import org.sd15.pipeline.EditRequest.Given;
import org.sd15.pipeline.EditRequest.GivenPicture;
import org.sd15.pipeline.edit.Conformance;
import org.sd15.pipeline.edit.EditProgram;
import org.sd15.pipeline.edit.EditPrompts;
import org.sd15.pipeline.edit.Grid;
import org.sd15.pipeline.edit.LocalBlend;
import org.sd15.pipeline.edit.LocalBlendProgram;
import org.sd15.pipeline.edit.LocalBlendRun;
import org.sd15.pipeline.edit.PromptToPrompt;
import org.sd15.pipeline.edit.PromptToPromptProgram;
import org.sd15.pipeline.edit.PromptWords;
import org.sd15.pipeline.edit.RowLayout;
import org.sd15.pipeline.edit.WordMaps;
import org.sd15.pipeline.heatmap.HeatMapOptions;
import org.sd15.pipeline.heatmap.HeatMapProgram;
import org.sd15.pipeline.heatmap.HeatMaps;
import org.sd15.pipeline.inversion.Inversion;
import org.sd15.pipeline.inversion.Reconstruction;
import org.sd15.pipeline.ledits.AttentionMask;
import org.sd15.pipeline.ledits.Limit;
import org.sd15.pipeline.ledits.MaskedGuidance;
import org.sd15.pipeline.schedule.DdimScheduler;
import org.sd15.pipeline.schedule.Sampler;
import org.sd15.pipeline.schedule.Scheduler;

/** Makes an edit of a request. */
final class EditingFactory {

    private final RunFactory runs;
    private final EditRequest request;
    private final RunSettings settings;
    private final EditPrompts prompts;
    private final PromptToPrompt edit;
    private final StableDiffusion model;

    EditingFactory(StableDiffusion model, EditRequest request) {
        this.model = model;
        this.runs = new RunFactory(model);
        this.request = request;
        this.settings = request.settings();
        this.prompts = EditPrompts.of(request.source(), request.targets(), model.tokenizer()::encode);
        this.edit = promptToPrompt(request.edit());
        requireWords();
    }

    /** Refuses words that are not in their prompts before a picture is inverted for them. */
    private void requireWords() {
        Blend blend = request.edit().blend();
        Limit limit = request.edit().limit();
        for (int i = 0; i < prompts.pictures(); i++) {
            PromptWords prompt = prompts.all().get(i);
            if (blend != null) {
                prompt.tokens(perPicture(blend.words()).get(i));
            }
            if (limit != null) {
                prompt.tokens(perPicture(limit.words()).get(i));
            }
        }
    }

    Editing create() {
        SourceReplay replay = replay();
        Sampler sampler = replay == null ? drawing() : replay.sampler();
        INDArray start = start(replay, sampler);
        Run run = new Run(
                new Grid(Math.toIntExact(start.size(2)), Math.toIntExact(start.size(3))),
                new RowLayout(prompts.pictures(), settings.guidance().guided()),
                sampler.calls());
        Reconstruction reconstruction = replay == null ? null : replay.reconstruction(runs, settings);
        LocalBlendRun blend = blend(run);
        HeatMaps heatMaps = request.heatMaps() ? heatMaps(run) : null;
        List<EditProgram> programs = new ArrayList<>();
        programs.add(new PromptToPromptProgram(edit, run.latents(), run.steps(), run.rows()));
        if (replay != null) {
            programs.addAll(replay.programs(settings.guidance()));
        }
        MaskedGuidance limit = limit(run, sampler);
        Optional.ofNullable(limit).ifPresent(programs::add);
        Optional.ofNullable(blend).map(LocalBlendProgram::new).ifPresent(programs::add);
        Optional.ofNullable(heatMaps).map(HeatMapProgram::new).ifPresent(programs::add);
        programs.addAll(settings.programs());
        Denoising denoising = denoise(replay, sampler, EditProgram.chain(programs), start);
        Inversion inversion = replay == null ? null : replay.inversion();
        return new Editing(edit, inversion, reconstruction, new Editing.Observers(blend, limit, heatMaps), denoising);
    }

    private @Nullable SourceReplay replay() {
        Given given = request.picture();
        if (given == null) {
            return null;
        }
        settings.requireNoStart();
        Inversion inversion = given instanceof GivenPicture picture
                ? runs.invert(picture.inverter(), picture.picture(), List.of(request.source()), settings)
                : ((InvertedPicture) given).inversion();
        return SourceReplay.of(model, inversion, given);
    }

    private Sampler drawing() {
        Scheduler scheduler =
                Objects.requireNonNullElseGet(settings.scheduler(), () -> new DdimScheduler(model.saidToOthers()));
        return scheduler.sampler(settings.steps());
    }

    private Denoising denoise(@Nullable SourceReplay replay, Sampler sampler, EditProgram program, INDArray start) {
        List<String> texts = prompts.all().stream().map(PromptWords::prompt).toList();
        return replay == null
                ? runs.denoise(sampler, settings, texts, program, start)
                : runs.denoise(sampler, settings, replay.texts(texts), program, replay.noise(settings), start);
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
    private INDArray start(@Nullable SourceReplay replay, Sampler sampler) {
        INDArray one = replay == null ? runs.startNoise(settings).mul(sampler.initNoiseSigma()) : replay.start();
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
        List<List<String>> words =
                perPicture(wanted.words()).stream().map(List::of).toList();
        LocalBlend blend = LocalBlend.of(prompts, words).thresholds(wanted.threshold(), wanted.threshold());
        if (wanted.resolution() != null) {
            blend = blend.resolution(wanted.resolution());
        }
        return blend.over(sites(run), run.latents(), run.rows(), run.steps());
    }

    /** One word a picture; the last one serves all targets that have none. */
    private List<String> perPicture(List<String> words) {
        return IntStream.range(0, prompts.pictures())
                .mapToObj(i -> words.get(Math.min(i, words.size() - 1)))
                .toList();
    }

    private @Nullable MaskedGuidance limit(Run run, Sampler sampler) {
        Limit wanted = request.edit().limit();
        if (wanted == null) {
            return null;
        }
        List<String> words = perPicture(wanted.words());
        List<Set<Integer>> tokens = IntStream.range(0, prompts.pictures())
                .mapToObj(i -> Set.copyOf(prompts.all().get(i).tokens(words.get(i))))
                .toList();
        WordMaps maps = new WordMaps(WordMaps.sites("masks of LEDITS++", sites(run), run.latents(), null));
        AttentionMask attention = new AttentionMask(maps, run.latents(), Conformance.CORRECTED);
        return new MaskedGuidance(new MaskedGuidance.Setup(
                tokens, wanted.threshold(), wanted.kind(), run.rows(), attention, sampler::timestep));
    }

    private HeatMaps heatMaps(Run run) {
        Map<Integer, PromptWords> subjects = new LinkedHashMap<>();
        for (int i = 0; i < prompts.pictures(); i++) {
            subjects.put(i, prompts.all().get(i));
        }
        return new HeatMaps(sites(run), run.latents(), run.rows(), subjects, HeatMapOptions.DEFAULT);
    }
}
