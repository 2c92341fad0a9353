package org.sd15.pipeline.mask;

import java.util.List;
import java.util.Set;
import org.sd15.pipeline.denoise.EditMethod;
import org.sd15.pipeline.denoise.Stage;
import org.sd15.pipeline.words.Conformance;
import org.sd15.pipeline.words.WordMaps;

/**
 * The masks of LEDITS++ around an edit of given prompts; see {@link MaskedGuidance}.
 *
 * @param tokens of the words that may change, for the source and each target
 * @param threshold share of the picture that the masks leave out
 * @param kind which masks
 */
public record MaskedEdit(List<Set<Integer>> tokens, double threshold, MaskKind kind) implements EditMethod {

    /** Copies the lists. */
    public MaskedEdit {
        tokens = tokens.stream().map(Set::copyOf).toList();
    }

    @Override
    public MaskedGuidance over(Stage stage) {
        WordMaps maps = new WordMaps(WordMaps.sites("masks of LEDITS++", stage.sites(), stage.latents(), null));
        AttentionMask attention = new AttentionMask(maps, stage.latents(), Conformance.CORRECTED);
        return new MaskedGuidance(new MaskedGuidance.MaskInputs(
                tokens, threshold, kind, stage.rows(), attention, stage.sampler()::timestep));
    }
}
