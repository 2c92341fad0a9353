package org.sd15.pipeline.denoise;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.pipeline.model.Components;
import org.sd15.pipeline.prompt.PromptEncoder;
import org.sd15.pipeline.prompt.PromptStyle;

/**
 * Text states of prompts that are the same in all steps, for edits and inversions: prompts that change with the steps, or
 * compose several, are refused.
 *
 * @param model encodes
 * @param style how the prompts are written
 */
public record ConstantTexts(Components model, PromptStyle style) {

    /** The tokens of the longest of some prompts, in whole chunks: the length of their text states. */
    public int tokens(List<String> prompts) {
        int chunk = model.tokenizer().encode("").maxLength();
        return style == PromptStyle.PLAIN
                ? chunk
                : chunk
                        * prompts.stream()
                                .distinct()
                                .mapToInt(prompt -> style.text(prompt).chunks(model.tokenizer()))
                                .max()
                                .orElse(1);
    }

    /**
     * The text states of prompts.
     *
     * @param tokens wanted at least: shorter prompts get chunks of the empty one
     * @return {@code [prompts, tokens, width]}
     */
    public INDArray encode(List<String> prompts, int clipSkip, int tokens) {
        PromptEncoder encoder = new PromptEncoder(model.tokenizer(), model.textEncoder(), clipSkip);
        int length = Math.max(tokens, tokens(prompts));
        if (style == PromptStyle.PLAIN) {
            return encoder.padded(model.encode(prompts, clipSkip), length);
        }
        Map<String, INDArray> states = new HashMap<>();
        return Nd4j.concat(
                0,
                prompts.stream()
                        .map(prompt -> states.computeIfAbsent(
                                prompt, text -> encoder.padded(style.text(text).states(encoder), length)))
                        .toArray(INDArray[]::new));
    }

    /**
     * The text states of a run, unconditional ones first where it is guided.
     *
     * @param prompts one a picture
     * @param negative one a picture
     * @param tokens wanted at least
     * @return {@code [rows, tokens, width]}
     */
    public INDArray context(List<String> prompts, List<String> negative, RunSettings settings, int tokens) {
        if (!settings.guidance().guided()) {
            return encode(prompts, settings.clipSkip(), tokens);
        }
        int length = Math.max(
                tokens,
                tokens(Stream.concat(prompts.stream(), negative.stream()).toList()));
        INDArray conditional = encode(prompts, settings.clipSkip(), length);
        return Nd4j.concat(0, encode(negative, 0, length), conditional); // no layers are skipped for these in diffusers
    }
}
