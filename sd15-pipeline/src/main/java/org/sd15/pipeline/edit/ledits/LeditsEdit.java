package org.sd15.pipeline.edit.ledits;

import java.util.List;
import java.util.Set;
import org.sd15.pipeline.denoise.EditMethod;
import org.sd15.pipeline.denoise.Stage;
import org.sd15.pipeline.mask.AttentionMask;
import org.sd15.pipeline.words.Conformance;
import org.sd15.pipeline.words.WordMaps;

/**
 * LEDITS++ for any number of pictures. The run has, for all pictures, rows without text, then rows of the source prompts if
 * they guide, then those of one concept after the other; nothing else guides it.
 *
 * @param concepts what is edited
 * @param tokens of the words of each concept
 * @param sourceGuidance towards the source prompts, 0 if they have no rows
 * @param conformance how quantiles are rounded
 */
public record LeditsEdit(
        List<Concept> concepts, List<Set<Integer>> tokens, double sourceGuidance, Conformance conformance)
        implements EditMethod {

    /** Copies the lists. */
    public LeditsEdit {
        concepts = List.copyOf(concepts);
        tokens = tokens.stream().map(Set::copyOf).toList();
    }

    /** Rows of the batch for each picture. */
    public int rowsPerPicture() {
        return 1 + (sourceGuidance == 0 ? 0 : 1) + concepts.size();
    }

    /**
     * The program of one run.
     *
     * @throws IllegalArgumentException if the run has other rows
     */
    @Override
    public LeditsProgram over(Stage stage) {
        if (stage.rows().perPicture() != rowsPerPicture()) {
            throw new IllegalArgumentException(
                    "LEDITS++ with %d concepts needs %d rows for each picture, the run has %d"
                            .formatted(
                                    concepts.size(),
                                    rowsPerPicture(),
                                    stage.rows().perPicture()));
        }
        WordMaps maps = new WordMaps(WordMaps.sites("LEDITS++", stage.sites(), stage.latents(), null));
        return new LeditsProgram(new LeditsProgram.ConceptInputs(
                concepts,
                tokens,
                stage.rows().pictures(),
                sourceGuidance,
                new AttentionMask(maps, stage.latents(), conformance),
                stage.sampler()::timestep));
    }
}
