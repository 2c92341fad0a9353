package org.sd15.pipeline.edit.ledits;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.denoise.DenoisingStep;
import org.sd15.pipeline.inversion.Inversion;
import org.sd15.pipeline.inversion.NoiseMapInverter;
import org.sd15.pipeline.inversion.Reconstruction;
import org.sd15.pipeline.model.DiffusionModel;
import org.sd15.pipeline.prompt.PromptStyle;
import org.sd15.pipeline.words.Conformance;

/**
 * Concepts to add to pictures or to take away. Immutable; the methods return a new request.
 *
 * @param inversion of one or several pictures, with noise maps: see {@link NoiseMapInverter#leditsPlusPlus}
 * @param concepts what is edited, in all pictures; none draws the pictures again
 * @param negative the text without which, and against which, everything is; usually empty
 * @param conformance {@link Conformance#CORRECTED} keeps the guidance of the source prompt under which a picture was
 *     inverted; {@link Conformance#REFERENCE} leaves it out, as diffusers does
 * @param tokens which tokens attention masks are about
 * @param promptStyle how the concepts and the negative text are written, and the prompts of the inversion were
 * @param known how well the pictures come back, from an earlier edit; null to find out
 */
public record LeditsRequest(
        Inversion inversion,
        List<Concept> concepts,
        String negative,
        Conformance conformance,
        TokenCount tokens,
        PromptStyle promptStyle,
        @Nullable Reconstruction known) {

    /** Copies the list and checks that masks are for these pictures. */
    public LeditsRequest {
        concepts = List.copyOf(concepts);
        if (inversion.noiseMaps().isEmpty()) {
            throw new IllegalArgumentException(
                    "LEDITS++ needs an inversion with noise maps: edit-friendly or LEDITS++'s");
        }
        for (Concept concept : concepts) {
            requireFitting(concept, inversion);
        }
    }

    private static void requireFitting(Concept concept, Inversion inversion) {
        INDArray mask = concept.userMask();
        INDArray latents = inversion.level(0);
        if (mask != null
                && (mask.rank() != 4
                        || (mask.size(0) != 1 && mask.size(0) != latents.size(0))
                        || mask.size(1) != 1
                        || mask.size(2) != latents.size(2)
                        || mask.size(3) != latents.size(3))) {
            throw new IllegalArgumentException(
                    "the mask of \"%s\" is %s, must be [1 or %d, 1, %d, %d]: that of the latents"
                            .formatted(
                                    concept.prompt(),
                                    java.util.Arrays.toString(mask.shape()),
                                    latents.size(0),
                                    latents.size(2),
                                    latents.size(3)));
        }
    }

    /**
     * Concepts for inverted pictures.
     *
     * @param inversion with noise maps
     * @param concepts to add or to remove, any number
     * @throws IllegalArgumentException if there are no noise maps, or a mask has not the latents' size
     */
    public static LeditsRequest of(Inversion inversion, Concept... concepts) {
        return new LeditsRequest(
                inversion, List.of(concepts), "", Conformance.CORRECTED, TokenCount.WORDS, PromptStyle.PLAIN, null);
    }

    /**
     * This request against another text.
     *
     * @param other the unconditional text of all concepts
     */
    public LeditsRequest negative(String other) {
        return new LeditsRequest(inversion, concepts, other, conformance, tokens, promptStyle, known);
    }

    /** This request as diffusers does it, or not. */
    public LeditsRequest conforming(Conformance other, TokenCount counted) {
        return new LeditsRequest(inversion, concepts, negative, other, counted, promptStyle, known);
    }

    /** This request with prompts in another style, that of the inversion. */
    public LeditsRequest promptStyle(PromptStyle style) {
        return new LeditsRequest(inversion, concepts, negative, conformance, tokens, style, known);
    }

    /** This request for pictures of which it is known how well they come back. */
    public LeditsRequest known(Reconstruction reconstruction) {
        return new LeditsRequest(inversion, concepts, negative, conformance, tokens, promptStyle, reconstruction);
    }

    /** All texts of a run. */
    List<String> texts() {
        List<String> texts = new ArrayList<>(List.of(negative));
        texts.addAll(inversion.source().prompts());
        concepts.forEach(concept -> texts.add(concept.prompt()));
        return texts;
    }

    /** This request without an edit. */
    LeditsRequest withoutConcepts() {
        return new LeditsRequest(inversion, List.of(), negative, conformance, tokens, promptStyle, null);
    }

    /**
     * Draws the pictures again without an edit, and compares: for {@link #known}, by callers who show how far that is.
     */
    public Reconstruction reconstruction(DiffusionModel model, Consumer<DenoisingStep> listener) {
        return new LeditsFactory(model.components(), this).measure(listener);
    }

    /**
     * Prepares the run. Unless it is {@linkplain #known known} how well the pictures come back, they are first drawn without
     * an edit, which takes as many steps.
     *
     * @return its latents are {@code [pictures, 4, h, w]}
     */
    public LeditsEditing on(DiffusionModel model) {
        return new LeditsFactory(model.components(), this).create();
    }
}
