package org.sd15.pipeline.edit.ledits;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.pipeline.denoise.ConstantTexts;
import org.sd15.pipeline.denoise.Denoising;
import org.sd15.pipeline.denoise.DenoisingStep;
import org.sd15.pipeline.denoise.Guidance;
import org.sd15.pipeline.denoise.NoiseSource;
import org.sd15.pipeline.denoise.RowLayout;
import org.sd15.pipeline.denoise.RunFactory;
import org.sd15.pipeline.inversion.Inversion;
import org.sd15.pipeline.inversion.InversionRequest;
import org.sd15.pipeline.inversion.Reconstruction;
import org.sd15.pipeline.inversion.SourceReplay;
import org.sd15.pipeline.model.Components;
import org.sd15.pipeline.schedule.Sampler;
import org.sd15.pipeline.words.Conformance;
import org.sd15.pipeline.words.PromptWords;

/** Makes an edit of a request for LEDITS++. */
final class LeditsFactory {

    private static final Guidance NO_OTHER_GUIDANCE = new Guidance(1, 0);

    private final Components model;
    private final LeditsRequest request;
    private final Inversion inversion;
    private final Sampler sampler;
    private final int tokens;

    LeditsFactory(Components model, LeditsRequest request) {
        this(
                model,
                request,
                InversionRequest.tokens(
                        model,
                        request.inversion(),
                        new ConstantTexts(model, request.promptStyle()).tokens(request.texts())));
    }

    private LeditsFactory(Components model, LeditsRequest request, int tokens) {
        this.model = model;
        this.request = request;
        this.inversion = request.inversion();
        this.sampler = inversion.schedule().sampler(model.schedulerConfig(), 0);
        this.tokens = tokens;
    }

    LeditsEditing create() {
        LeditsProgram program = program();
        Reconstruction known = Objects.requireNonNullElseGet(request.known(), () -> measure(step -> {}));
        SourceReplay.warn(known);
        return new LeditsEditing(inversion, known, program, run(program));
    }

    private LeditsProgram program() {
        List<Set<Integer>> tokens = request.concepts().stream()
                .map(concept -> words(concept.prompt()))
                .toList();
        var edit = new LeditsEdit(request.concepts(), tokens, sourceGuidance(), request.conformance());
        RowLayout rows = new RowLayout(inversion.pictures(), edit.rowsPerPicture());
        return edit.over(runs().stage(sampler, inversion.level(0), rows));
    }

    /** The tokens of a concept without start and end of its chunks. */
    private Set<Integer> words(String concept) {
        PromptWords prompt = PromptWords.of(concept, request.promptStyle(), model.tokenizer());
        int last = prompt.chunkLength() - 1;
        return request.tokens() == TokenCount.PADDED
                ? IntStream.range(0, prompt.keys())
                        .filter(token -> token % (last + 1) % last != 0)
                        .boxed()
                        .collect(Collectors.toSet())
                : Set.copyOf(prompt.own());
    }

    private RunFactory runs() {
        return new RunFactory(model, tokens);
    }

    private double sourceGuidance() {
        return request.conformance() == Conformance.REFERENCE
                ? 0
                : inversion.source().guidance();
    }

    private Denoising run(LeditsProgram program) {
        INDArray start = inversion.level(inversion.steps());
        NoiseSource noise = (step, shape) -> inversion.noiseMaps().get(step);
        return runs().denoise(sampler, NO_OTHER_GUIDANCE, context(), program, noise, start);
    }

    /** In the order of the rows: without text, source prompts, concepts; each for all pictures. */
    private INDArray context() {
        int pictures = inversion.pictures();
        ConstantTexts encoder = new ConstantTexts(model, request.promptStyle());
        List<String> texts = new ArrayList<>(Collections.nCopies(pictures, request.negative()));
        if (sourceGuidance() != 0) {
            texts.addAll(inversion.source().prompts());
        }
        for (Concept concept : request.concepts()) {
            texts.addAll(Collections.nCopies(pictures, concept.prompt()));
        }
        return Nd4j.concat(
                0,
                texts.stream()
                        .map(text -> encoder.encode(List.of(text), 0, tokens))
                        .toArray(INDArray[]::new));
    }

    Reconstruction measure(Consumer<DenoisingStep> listener) {
        LeditsFactory plain = new LeditsFactory(model, request.withoutConcepts(), tokens);
        INDArray latents = plain.run(plain.program()).finish(listener);
        return SourceReplay.compare(model, inversion, latents);
    }
}
