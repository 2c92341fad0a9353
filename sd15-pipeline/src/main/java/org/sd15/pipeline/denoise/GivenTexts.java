package org.sd15.pipeline.denoise;

import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.pipeline.model.Components;
import org.sd15.pipeline.prompt.PromptEncoder;

/** Text states that a request brings, one for each picture. */
record GivenTexts(Components model, PromptStates given) {

    RunTexts texts(Guidance guidance, List<String> negativePrompts) {
        int pictures = negativePrompts.size();
        INDArray conditional = rows("prompt states", given.states(), pictures);
        if (!guidance.guided()) {
            return RunTexts.constant(guidance, conditional);
        }
        INDArray negative = given.negative();
        INDArray unconditional = negative == null
                ? encoded(negativePrompts, conditional.size(1))
                : rows("negative prompt states", negative, pictures);
        return RunTexts.constant(guidance, Nd4j.concat(0, unconditional, conditional));
    }

    private INDArray rows(String what, INDArray states, int pictures) {
        int width = model.unet().config().crossAttentionDim();
        if (states.size(2) != width || states.size(0) != 1 && states.size(0) != pictures) {
            throw new IllegalArgumentException("the %s are [%d, %d, %d], must be [1 or %d, tokens, %d]"
                    .formatted(what, states.size(0), states.size(1), states.size(2), pictures, width));
        }
        return BatchAxis.repeat(states, pictures / states.size(0));
    }

    /** The negative prompts, with chunks of the empty one up to the length of the states. */
    private INDArray encoded(List<String> prompts, long tokens) {
        INDArray one = model.encode(prompts, 0);
        if (tokens == one.size(1)) {
            return one;
        }
        if (tokens % one.size(1) != 0) {
            throw new IllegalArgumentException(
                    "the prompt states have %d tokens, which is no multiple of %d: give negative ones of that length too"
                            .formatted(tokens, one.size(1)));
        }
        PromptEncoder encoder = new PromptEncoder(model.tokenizer(), model.textEncoder(), 0);
        return Nd4j.concat(
                0,
                prompts.stream()
                        .map(prompt -> encoder.padded(model.encode(List.of(prompt), 0), tokens))
                        .toArray(INDArray[]::new));
    }
}
