package org.sd15.pipeline.edit.prompt;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.denoise.BatchAxis;
import org.sd15.pipeline.denoise.ByStep;
import org.sd15.pipeline.denoise.ConstantTexts;
import org.sd15.pipeline.denoise.Denoising;
import org.sd15.pipeline.denoise.EditProgram;
import org.sd15.pipeline.denoise.RunFactory;
import org.sd15.pipeline.denoise.RunSettings;
import org.sd15.pipeline.denoise.Stage;
import org.sd15.pipeline.edit.prompt.EditRequest.Edit;
import org.sd15.pipeline.edit.prompt.Editing.Observers;
import org.sd15.pipeline.inversion.GivenPicture;
import org.sd15.pipeline.inversion.Inversion;
import org.sd15.pipeline.inversion.InversionRequest;
import org.sd15.pipeline.inversion.InvertedPicture;
import org.sd15.pipeline.inversion.Reconstruction;
import org.sd15.pipeline.inversion.Replay;
import org.sd15.pipeline.inversion.SourcePicture;
import org.sd15.pipeline.inversion.SourceReplay;
import org.sd15.pipeline.model.Components;
import org.sd15.pipeline.prompt.PromptSchedule;
import org.sd15.pipeline.prompt.PromptStyle;
import org.sd15.pipeline.schedule.DdimScheduler;
import org.sd15.pipeline.schedule.Sampler;
import org.sd15.pipeline.schedule.Scheduler;
import org.sd15.pipeline.words.EditPrompts;
import org.sd15.pipeline.words.WordsByStep;

/** Makes an edit of a request. */
final class EditingFactory {

    private final RunFactory runs;
    private final EditRequest request;
    private final RunSettings settings;
    private final EditPrompts prompts;
    private final ScheduledPrompts scheduled;
    private final List<EditPrompts> steps;
    private final Components model;

    EditingFactory(Components model, EditRequest request) {
        this.model = model;
        this.request = request;
        this.settings = request.settings();
        this.scheduled = ScheduledPrompts.of(request, model.tokenizer());
        this.steps = steps();
        this.prompts = steps.get(0);
        this.runs = new RunFactory(model, prompts.source().keys());
        steps.stream().distinct().forEach(one -> promptToPrompt(one, request.edit())); // refuses what can't be aligned
    }

    /** The prompts of each step, filled up to the length of the longest, that of an inversion among them. */
    private List<EditPrompts> steps() {
        List<EditPrompts> own = scheduled.each(new PromptSchedule(settings.promptStyle(), calls()));
        if (!(request.picture() instanceof InvertedPicture given)) {
            return own;
        }
        Inversion inversion = given.inversion();
        int inverted = new ConstantTexts(model, settings.promptStyle())
                .tokens(inversion.source().prompts());
        int needed = Math.max(own.get(0).source().keys(), inverted);
        boolean again = given.replay() != Replay.HELD || !inversion.nullTexts().isEmpty();
        return ScheduledPrompts.filledUpTo(own, again ? InversionRequest.tokens(model, inversion, needed) : needed);
    }

    /** Calls of the model in a run over all steps; one stands for all where prompts can't change, whatever the steps are. */
    private int calls() {
        if (settings.promptStyle() != PromptStyle.WEBUI) {
            return 1;
        }
        SourcePicture given = request.picture();
        if (given == null) {
            return drawing().calls();
        }
        return given instanceof InvertedPicture inverted ? inverted.inversion().steps() : settings.steps();
    }

    /** Refuses words that are not in their prompts before a picture is inverted for them. */
    void requireWords() {
        observers(steps).requireWords();
    }

    private ObserverFactory observers(List<EditPrompts> each) {
        return new ObserverFactory(request.edit(), request.heatMaps(), each);
    }

    Editing create() {
        requireWords();
        SourceReplay replay = replay();
        Sampler sampler = replay == null ? drawing() : replay.sampler();
        INDArray start = start(replay, sampler);
        Stage stage = runs.stage(sampler, start, settings.guidance());
        Reconstruction reconstruction = replay == null ? null : replay.reconstruction(runs, settings);
        var schedule = new PromptSchedule(settings.promptStyle(), sampler.calls());
        List<EditPrompts> each = ScheduledPrompts.filledUpTo(scheduled.each(schedule), runs.tokens());
        Observers observers = observers(each).over(stage, words(schedule));
        List<EditProgram> programs = new ArrayList<>(List.of(edit(each, stage)));
        if (replay != null) {
            programs.addAll(replay.programs(settings.guidance()));
        }
        programs.addAll(observers.programs());
        programs.addAll(settings.programs(stage));
        Denoising denoising = denoise(replay, sampler, EditProgram.chain(programs), start);
        Inversion inversion = replay == null ? null : replay.inversion();
        return new Editing(promptToPrompt(prompts, request.edit()), inversion, reconstruction, observers, denoising);
    }

    /** The edit, with the alignment of the prompts that are in force at each step. */
    private EditProgram edit(List<EditPrompts> each, Stage stage) {
        Map<EditPrompts, EditProgram> known = new HashMap<>();
        List<EditProgram> programs = each.stream()
                .map(one -> known.computeIfAbsent(
                        one, words -> promptToPrompt(words, request.edit()).over(stage)))
                .toList();
        return known.size() == 1 ? programs.get(0) : new ByStep(programs);
    }

    private List<WordsByStep> words(PromptSchedule schedule) {
        List<WordsByStep> words = new ArrayList<>();
        for (int i = 0; i < prompts.pictures(); i++) {
            String prompt = scheduled.prompts().get(i);
            words.add(
                    schedule.changes(List.of(prompt))
                            ? WordsByStep.of(prompt, schedule, model.tokenizer())
                            : WordsByStep.constant(prompts.all().get(i)));
        }
        return words;
    }

    private @Nullable SourceReplay replay() {
        SourcePicture given = request.picture();
        if (given == null) {
            return null;
        }
        settings.requireNoStart();
        Inversion inversion = given instanceof GivenPicture picture
                ? new InversionRequest(picture.inverter(), picture.picture(), List.of(request.source()), settings)
                        .tokens(runs.tokens())
                        .on(model)
                : ((InvertedPicture) given).inversion();
        return SourceReplay.of(model, inversion, given);
    }

    private Sampler drawing() {
        Scheduler scheduler =
                Objects.requireNonNullElseGet(settings.scheduler(), () -> new DdimScheduler(model.schedulerConfig()));
        return scheduler.sampler(settings.steps());
    }

    private Denoising denoise(@Nullable SourceReplay replay, Sampler sampler, EditProgram program, INDArray start) {
        List<String> texts = scheduled.prompts();
        return replay == null
                ? runs.denoise(sampler, settings, texts, program, start)
                : runs.denoise(sampler, settings, replay.texts(texts), program, replay.noise(settings), start);
    }

    /** The edit of some prompts. Weights of words that they have not at this step, but at another, are left out. */
    private PromptToPrompt promptToPrompt(EditPrompts own, Edit wanted) {
        PromptToPrompt words = PromptToPrompt.of(own)
                .align(wanted.mode())
                .crossSteps(wanted.crossGate())
                .selfSteps(wanted.selfGate())
                .selfLimit(wanted.selfLimit());
        for (Map.Entry<String, Double> weight : wanted.weights().entrySet()) {
            String word = weight.getKey();
            if (has(own, word) || steps.stream().noneMatch(other -> has(other, word))) {
                words = words.weight(word, weight.getValue());
            }
        }
        return words;
    }

    /** The same latents for all pictures: noise, or where the inversion led. */
    private INDArray start(@Nullable SourceReplay replay, Sampler sampler) {
        INDArray one = replay == null ? runs.startNoise(settings).mul(sampler.initNoiseSigma()) : replay.start();
        return BatchAxis.repeat(one, prompts.pictures());
    }

    private static boolean has(EditPrompts prompts, String word) {
        return prompts.targets().stream().anyMatch(target -> target.find(word).isPresent());
    }
}
