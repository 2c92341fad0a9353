package org.sd15.spark.row;

import static java.util.Objects.requireNonNullElse;

import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.denoise.ConstantTexts;
import org.sd15.pipeline.denoise.RunSettings;
import org.sd15.pipeline.edit.ledits.Concept;
import org.sd15.pipeline.edit.ledits.LeditsRequest;
import org.sd15.pipeline.inversion.Inversion;
import org.sd15.pipeline.inversion.InversionRequest;
import org.sd15.pipeline.inversion.NoiseMapInverter;
import org.sd15.pipeline.mask.MaskKind;
import org.sd15.pipeline.words.Conformance;

/**
 * LEDITS++; null for what is usual.
 *
 * @param edits what to add and to take away; the target of the row, as {@code +tennis ball} or {@code -cat}
 * @param mask what limits all edits: attention, noise or both
 * @param skip share of the steps that are left out; 0.15
 * @param sourceGuidance guidance by the prompt of the source; 3.5
 */
record LeditsSettings(
        @Nullable List<OneEdit> edits,
        @Nullable MaskKind mask,
        @Nullable Double skip,
        @Nullable Double sourceGuidance) implements Edit {

    private static final String NAME = "LEDITS++";
    private static final double SKIP = 0.15;
    private static final double SOURCE_GUIDANCE = 3.5;

    /**
     * One of them.
     *
     * @param prompt the concept
     * @param remove whether it is taken away
     * @param guidance how strongly; 5
     * @param threshold share of the picture that its mask leaves out; 0.9
     * @param warmup steps before it acts; 0
     * @param cooldown the step from which on it doesn't
     */
    record OneEdit(
            String prompt,
            @Nullable Boolean remove,
            @Nullable Double guidance,
            @Nullable Double threshold,
            @Nullable Integer warmup,
            @Nullable Integer cooldown) {

        /** Checks it. */
        OneEdit {
            concept(prompt, remove, guidance, threshold, warmup, cooldown);
        }

        Concept concept() {
            return concept(prompt, remove, guidance, threshold, warmup, cooldown);
        }

        private static Concept concept(
                @Nullable String prompt,
                @Nullable Boolean remove,
                @Nullable Double guidance,
                @Nullable Double threshold,
                @Nullable Integer warmup,
                @Nullable Integer cooldown) {
            String words = requireNonNullElse(prompt, "");
            Concept usual = remove != null && remove ? Concept.remove(words) : Concept.add(words);
            return usual.guidance(requireNonNullElse(guidance, usual.guidance()))
                    .threshold(requireNonNullElse(threshold, usual.threshold()))
                    .steps(requireNonNullElse(warmup, usual.warmup()), requireNonNullElse(cooldown, usual.cooldown()));
        }
    }

    @Override
    public INDArray on(EditInput input) {
        INDArray picture = input.requirePicture(NAME);
        RunOptions options = input.options();
        RunOptions.requireNone(NAME, "scheduler", options.scheduler());
        RunSettings settings = options.apply(RunSettings.DEFAULT, input.model().components());
        List<Concept> concepts = concepts(input.row());
        String source = input.promptOrEmpty();
        List<String> texts = Stream.concat(Stream.of(source), concepts.stream().map(Concept::prompt))
                .toList();
        int tokens = new ConstantTexts(input.model().components(), options.style()).tokens(texts);
        NoiseMapInverter inverter = NoiseMapInverter.leditsPlusPlus(
                requireNonNullElse(skip, SKIP),
                source.isBlank() ? 0 : requireNonNullElse(sourceGuidance, SOURCE_GUIDANCE),
                Conformance.CORRECTED);
        Inversion inversion =
                new InversionRequest(inverter, picture, List.of(source), settings, tokens).on(input.model());
        LeditsRequest request =
                LeditsRequest.of(inversion, concepts.toArray(Concept[]::new)).promptStyle(options.style());
        return input.finish(request.known(request.reconstruction(
                        input.model(), step -> input.betweenSteps().run()))
                .on(input.model())
                .run());
    }

    private List<Concept> concepts(RowInput row) {
        MaskKind kind = requireNonNullElse(mask, MaskKind.BOTH);
        List<Concept> listed = edits == null
                ? List.of(Concept.parse(row.requireTarget()))
                : edits.stream().map(OneEdit::concept).toList();
        if (edits != null && row.target() != null) {
            throw new IllegalArgumentException(
                    "the row has a target, \"%s\", and the settings have edits: give one of the two"
                            .formatted(row.target()));
        }
        return listed.stream().map(concept -> concept.mask(kind)).toList();
    }
}
