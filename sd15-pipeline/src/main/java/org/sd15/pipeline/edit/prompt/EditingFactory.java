package org.sd15.pipeline.edit.prompt;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.denoise.BatchAxis;
import org.sd15.pipeline.denoise.ConstantTexts;
import org.sd15.pipeline.denoise.Denoising;
import org.sd15.pipeline.denoise.EditProgram;
import org.sd15.pipeline.denoise.RunFactory;
import org.sd15.pipeline.denoise.RunSettings;
import org.sd15.pipeline.denoise.Stage;
import org.sd15.pipeline.edit.prompt.EditRequest.Edit;
import org.sd15.pipeline.edit.prompt.Editing.Observers;
import org.sd15.pipeline.heatmap.HeatMapMethod;
import org.sd15.pipeline.heatmap.HeatMapOptions;
import org.sd15.pipeline.inversion.GivenPicture;
import org.sd15.pipeline.inversion.Inversion;
import org.sd15.pipeline.inversion.InversionRequest;
import org.sd15.pipeline.inversion.InvertedPicture;
import org.sd15.pipeline.inversion.Reconstruction;
import org.sd15.pipeline.inversion.Replay;
import org.sd15.pipeline.inversion.SourcePicture;
import org.sd15.pipeline.inversion.SourceReplay;
import org.sd15.pipeline.mask.MaskSettings;
import org.sd15.pipeline.mask.MaskedEdit;
import org.sd15.pipeline.model.Components;
import org.sd15.pipeline.schedule.DdimScheduler;
import org.sd15.pipeline.schedule.Sampler;
import org.sd15.pipeline.schedule.Scheduler;
import org.sd15.pipeline.words.EditPrompts;
import org.sd15.pipeline.words.PromptWords;

/** Makes an edit of a request. */
final class EditingFactory {

    private final RunFactory runs;
    private final EditRequest request;
    private final RunSettings settings;
    private final EditPrompts prompts;
    private final PromptToPrompt edit;
    private final Components model;

    EditingFactory(Components model, EditRequest request) {
        this.model = model;
        this.request = request;
        this.settings = request.settings();
        this.prompts = prompts();
        this.runs = new RunFactory(model, prompts.source().keys());
        this.edit = promptToPrompt(request.edit());
    }

    /** The prompts, filled up to the length of the longest, that of an inversion among them. */
    private EditPrompts prompts() {
        EditPrompts own =
                EditPrompts.of(request.source(), request.targets(), settings.promptStyle(), model.tokenizer());
        if (!(request.picture() instanceof InvertedPicture given)) {
            return own;
        }
        Inversion inversion = given.inversion();
        int inverted = new ConstantTexts(model, settings.promptStyle())
                .tokens(inversion.source().prompts());
        int needed = Math.max(own.source().keys(), inverted);
        boolean again = given.replay() != Replay.HELD || !inversion.nullTexts().isEmpty();
        return own.filledUpTo(again ? InversionRequest.tokens(model, inversion, needed) : needed);
    }

    /** Refuses words that are not in their prompts before a picture is inverted for them. */
    void requireWords() {
        Blend blend = request.edit().blend();
        MaskSettings limit = request.edit().limit();
        for (int i = 0; i < prompts.pictures(); i++) {
            PromptWords prompt = prompts.all().get(i);
            if (blend != null) {
                Stream.of(ofPicture(i, blend.words()), ofPicture(i, blend.subtracted()))
                        .flatMap(List::stream)
                        .forEach(prompt::tokens);
            }
            if (limit != null) {
                prompt.tokens(perPicture(limit.words()).get(i));
            }
        }
    }

    Editing create() {
        requireWords();
        SourceReplay replay = replay();
        Sampler sampler = replay == null ? drawing() : replay.sampler();
        INDArray start = start(replay, sampler);
        Stage stage = runs.stage(sampler, start, settings.guidance());
        Reconstruction reconstruction = replay == null ? null : replay.reconstruction(runs, settings);
        Observers observers = observers(stage);
        List<EditProgram> programs = new ArrayList<>(List.of(edit.over(stage)));
        if (replay != null) {
            programs.addAll(replay.programs(settings.guidance()));
        }
        programs.addAll(observers.programs());
        programs.addAll(settings.programs(stage));
        Denoising denoising = denoise(replay, sampler, EditProgram.chain(programs), start);
        Inversion inversion = replay == null ? null : replay.inversion();
        return new Editing(edit, inversion, reconstruction, observers, denoising);
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
        List<String> texts = prompts.all().stream().map(PromptWords::prompt).toList();
        return replay == null
                ? runs.denoise(sampler, settings, texts, program, start)
                : runs.denoise(sampler, settings, replay.texts(texts), program, replay.noise(settings), start);
    }

    private Observers observers(Stage stage) {
        Blend blend = request.edit().blend();
        MaskSettings limit = request.edit().limit();
        return new Observers(
                blend == null ? null : blend(blend).over(stage),
                limit == null ? null : limit(limit).over(stage),
                request.heatMaps() ? heatMaps().over(stage) : null);
    }

    private PromptToPrompt promptToPrompt(Edit wanted) {
        PromptToPrompt words = PromptToPrompt.of(prompts)
                .align(wanted.mode())
                .crossSteps(wanted.crossGate())
                .selfSteps(wanted.selfGate())
                .selfLimit(wanted.selfLimit());
        for (Map.Entry<String, Double> weight : wanted.weights().entrySet()) {
            words = words.weight(weight.getKey(), weight.getValue());
        }
        return words;
    }

    /** The same latents for all pictures: noise, or where the inversion led. */
    private INDArray start(@Nullable SourceReplay replay, Sampler sampler) {
        INDArray one = replay == null ? runs.startNoise(settings).mul(sampler.initNoiseSigma()) : replay.start();
        return BatchAxis.repeat(one, prompts.pictures());
    }

    private LocalBlend blend(Blend wanted) {
        List<List<String>> words = new ArrayList<>();
        List<List<String>> subtracted = new ArrayList<>();
        for (int i = 0; i < prompts.pictures(); i++) {
            words.add(ofPicture(i, wanted.words()));
            subtracted.add(ofPicture(i, wanted.subtracted()));
        }
        LocalBlend blend = LocalBlend.of(prompts, words)
                .subtract(subtracted)
                .thresholds(wanted.threshold(), wanted.threshold())
                .startAfter(wanted.start());
        return wanted.resolution() == null ? blend : blend.resolution(wanted.resolution());
    }

    /** The words of a picture; the last of each serves all targets that have none. */
    private static List<String> ofPicture(int picture, List<List<String>> words) {
        return words.stream()
                .map(word -> word.get(Math.min(picture, word.size() - 1)))
                .toList();
    }

    /** One word a picture; the last one serves all targets that have none. */
    private List<String> perPicture(List<String> words) {
        return IntStream.range(0, prompts.pictures())
                .mapToObj(i -> words.get(Math.min(i, words.size() - 1)))
                .toList();
    }

    private MaskedEdit limit(MaskSettings wanted) {
        List<String> words = perPicture(wanted.words());
        List<Set<Integer>> tokens = IntStream.range(0, prompts.pictures())
                .mapToObj(i -> Set.copyOf(prompts.all().get(i).tokens(words.get(i))))
                .toList();
        return new MaskedEdit(tokens, wanted.threshold(), wanted.kind());
    }

    private HeatMapMethod heatMaps() {
        Map<Integer, PromptWords> subjects = new LinkedHashMap<>();
        for (int i = 0; i < prompts.pictures(); i++) {
            subjects.put(i, prompts.all().get(i));
        }
        return new HeatMapMethod(subjects, HeatMapOptions.DEFAULT);
    }
}
