package org.sd15.spark.row;

import static java.util.Objects.requireNonNullElse;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.denoise.Grid;
import org.sd15.pipeline.edit.prompt.AlignmentMode;
import org.sd15.pipeline.edit.prompt.Blend;
import org.sd15.pipeline.edit.prompt.CrossGate;
import org.sd15.pipeline.edit.prompt.EditRequest;
import org.sd15.pipeline.inversion.GivenPicture;
import org.sd15.pipeline.inversion.InversionMethod;
import org.sd15.pipeline.inversion.NullTextInverter;
import org.sd15.pipeline.inversion.Replay;
import org.sd15.pipeline.words.Window;

/**
 * Prompt-to-prompt; null for what is usual.
 *
 * @param mode how the prompts are aligned; by the number of their words
 * @param crossSteps part of the steps in which cross attention is edited; 0.8
 * @param crossStepsOf the same for some words
 * @param selfSteps part of the steps in which self attention is the source's; 0.4
 * @param selfLimit where it is: at latents halved at least so many times; 1
 * @param weights factors of the attention to words of the target
 * @param blend pairs of words, where alone the picture may change
 * @param blendSubtract pairs of words, where it may not
 * @param blendThreshold share of the largest attention; 0.3
 * @param blendStart share of the steps before the first that blends; 0.2
 * @param blendResolution side of the attention maps of the blend
 * @param inversion of a given picture: direct, ddim, negative-prompt, null-text or edit-friendly; direct
 * @param skip share of the steps of a given picture that are left out; 0
 */
record PromptEdit(
        @Nullable AlignmentMode mode,
        @Nullable Share crossSteps,
        @Nullable Map<String, Share> crossStepsOf,
        @Nullable Share selfSteps,
        @Nullable Integer selfLimit,
        @Nullable Map<String, Double> weights,
        @Nullable List<List<String>> blend,
        @Nullable List<List<String>> blendSubtract,
        @Nullable Double blendThreshold,
        @Nullable Double blendStart,
        @Nullable Integer blendResolution,
        @Nullable String inversion,
        @Nullable Double skip)
        implements Edit {

    /** Checks the name of the inversion and the words of the blend. */
    PromptEdit {
        if (inversion != null) {
            method(inversion);
        }
        blend(blend, blendSubtract, blendThreshold, blendStart, blendResolution);
    }

    private static InversionMethod method(String inversion) {
        try {
            return InversionMethod.valueOf(inversion.toUpperCase(Locale.ROOT).replace('-', '_'));
        } catch (IllegalArgumentException unknown) {
            throw new IllegalArgumentException(
                    "inversion is \"%s\", must be direct, ddim, negative-prompt, null-text or edit-friendly"
                            .formatted(inversion),
                    unknown);
        }
    }

    private static @Nullable Blend blend(
            @Nullable List<List<String>> words,
            @Nullable List<List<String>> subtracted,
            @Nullable Double threshold,
            @Nullable Double start,
            @Nullable Integer resolution) {
        if (words == null) {
            if (subtracted != null || threshold != null || start != null || resolution != null) {
                throw new IllegalArgumentException("settings of the blend are set, but no words: set \"blend\" too");
            }
            return null;
        }
        return new Blend(
                words,
                requireNonNullElse(subtracted, List.of()),
                requireNonNullElse(threshold, 0.3),
                requireNonNullElse(start, 0.2),
                resolution == null ? null : new Grid(resolution, resolution));
    }

    @Override
    public INDArray on(EditInput input) {
        EditRequest request = EditRequest.of(
                        input.row().requirePrompt(), input.row().requireTarget())
                .edit(this::apply)
                .sampling(input.settings());
        INDArray picture = input.picture();
        if (picture != null) {
            request =
                    request.picture(given(picture, request.settings().guidance().scale()));
        } else {
            RunOptions.requireNone("prompt-to-prompt without a given picture", "inversion", inversion);
            RunOptions.requireNone("prompt-to-prompt without a given picture", "skip", skip);
        }
        request.requireWords(input.model());
        return input.finish(request.on(input.model()).run());
    }

    private GivenPicture given(INDArray picture, double guidance) {
        double left = requireNonNullElse(skip, 0.0);
        InversionMethod method = method(requireNonNullElse(inversion, "direct"));
        return method == InversionMethod.NULL_TEXT
                ? new GivenPicture(picture, new NullTextInverter(guidance), Replay.FREE, left)
                : new GivenPicture(picture, method, left);
    }

    private EditRequest.Edit apply(EditRequest.Edit usual) {
        CrossGate gate = new CrossGate(crossSteps == null ? usual.crossGate().rule() : crossSteps.window());
        Map<String, Share> windows = requireNonNullElse(crossStepsOf, Map.of());
        for (Map.Entry<String, Share> word : windows.entrySet()) {
            gate = gate.word(word.getKey(), word.getValue().window());
        }
        Window self = selfSteps == null ? usual.selfGate() : selfSteps.window();
        EditRequest.Edit edit = usual.align(requireNonNullElse(mode, usual.mode()))
                .crossGate(gate)
                .selfGate(self)
                .selfLimit(requireNonNullElse(selfLimit, usual.selfLimit()))
                .blend(blend(blend, blendSubtract, blendThreshold, blendStart, blendResolution));
        Map<String, Double> factors = requireNonNullElse(weights, Map.of());
        for (Map.Entry<String, Double> word : factors.entrySet()) {
            edit = edit.weight(word.getKey(), word.getValue());
        }
        return edit;
    }
}
