package org.sd15.pipeline.training.job;

import java.util.function.Predicate;
import org.sd15.attention.graph.LowRank;

/** Which parts of a model learn. */
public sealed interface Method {

    /** What learns, for the record of a run. */
    String description();

    /** Whether captions must reach the text encoder as tokens, as it learns. */
    boolean trainsTextEncoder();

    /**
     * The weights themselves.
     *
     * @param trained chooses parameters of the UNet by name
     * @param text what of the text encoder learns too
     */
    record Full(Predicate<String> trained, TextPart text) implements Method {

        @Override
        public String description() {
            return text == TextPart.NOTHING ? "weights" : "weights, of the text encoder " + text;
        }

        @Override
        public boolean trainsTextEncoder() {
            return text != TextPart.NOTHING;
        }
    }

    /** What learns of a text encoder. */
    enum TextPart {
        /** It is frozen. */
        NOTHING,
        /** All but the tables of tokens and positions. */
        LAYERS,
        /** All, as a text encoder that starts from nothing needs it. */
        EVERYTHING;

        /** Whether a parameter learns. */
        public boolean trains(String parameter) {
            return this == EVERYTHING || this == LAYERS && !parameter.contains("_embedding.");
        }
    }

    /**
     * Low-rank additions to frozen weights.
     *
     * @param addition rank and alpha
     * @param modules chooses layers of the UNet by path
     * @param trainsTextEncoder whether the attentions of the text encoder get additions too
     */
    record Lora(LowRank addition, Predicate<String> modules, boolean trainsTextEncoder) implements Method {

        @Override
        public String description() {
            return "additions of rank %d, alpha %s".formatted(addition.rank(), addition.alpha());
        }

        /** The layers of the text encoder that get an addition. */
        boolean inTextEncoder(String path) {
            return trainsTextEncoder && path.contains(".self_attn.");
        }
    }

    /**
     * The vectors of a new word; everything else is frozen.
     *
     * @param token the word
     * @param vectors how many tokens it becomes
     * @param initializer a word of one token, from which they start
     */
    record Inversion(String token, int vectors, String initializer) implements Method {

        /** Checks the number. */
        public Inversion {
            if (vectors < 1) {
                throw new IllegalArgumentException("a word of %d vectors can't be learnt".formatted(vectors));
            }
        }

        @Override
        public String description() {
            return "%s, %d vectors from %s".formatted(token, vectors, initializer);
        }

        @Override
        public boolean trainsTextEncoder() {
            return true;
        }
    }
}
