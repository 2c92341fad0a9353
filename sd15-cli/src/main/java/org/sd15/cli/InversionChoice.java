package org.sd15.cli;

import java.util.Locale;
import org.sd15.pipeline.inversion.InversionMethod;
import org.sd15.pipeline.inversion.Inverter;
import org.sd15.pipeline.inversion.NullTextInverter;
import org.sd15.pipeline.inversion.Replay;

/**
 * What {@code --inversion} names.
 *
 * @param inverter turns a picture into noise
 * @param replay what keeps the picture on its way back
 * @param rows what a step of it costs at most, in predictions of one picture under one text
 */
record InversionChoice(Inverter inverter, Replay replay, int rows) {

    /** DDIM backwards asks once a step. */
    private static final int DDIM = 1;

    /** Noise maps are guided towards the prompt. */
    private static final int GUIDED = 2;

    /** DDIM, then two predictions and up to ten pairs of a prediction and a gradient, which costs three more. */
    private static final int NULL_TEXT = DDIM + 2 + 10 * 4;

    /**
     * The choice of a name.
     *
     * @param guidance of the edits to come
     * @throws IllegalArgumentException if there is no such method
     */
    static InversionChoice of(String name, double guidance) {
        return switch (name.toLowerCase(Locale.ROOT)) {
            case "direct" -> of(InversionMethod.DIRECT, DDIM);
            case "ddim" -> of(InversionMethod.DDIM, DDIM);
            case "negative-prompt" -> of(InversionMethod.NEGATIVE_PROMPT, DDIM);
            case "null-text" -> new InversionChoice(new NullTextInverter(guidance), Replay.FREE, NULL_TEXT);
            case "edit-friendly" -> of(InversionMethod.EDIT_FRIENDLY, GUIDED);
            default ->
                throw new IllegalArgumentException(
                        "--inversion is \"%s\", must be direct, ddim, negative-prompt, null-text or edit-friendly"
                                .formatted(name));
        };
    }

    private static InversionChoice of(InversionMethod method, int rows) {
        return new InversionChoice(method.inverter(), method.replay(), rows);
    }
}
