package org.sd15.cli;

import java.nio.file.Path;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.prompt.WebuiPrompt;
import org.sd15.pipeline.text.Encoding;

/** What a user should know although nothing failed. */
final class Warnings {

    private static final double PAINTED = 0.5;

    private Warnings() {}

    /** Says so, once, if plain prompts have what only the web UI's style reads, and with which command it does. */
    static void syntax(List<String> prompts, String command) {
        prompts.stream()
                .filter(WebuiPrompt::looksLike)
                .findFirst()
                .ifPresent(prompt -> Console.note(
                        "\"%s\" looks like the web UI's syntax, but is read as plain text:"
                                + " %s --prompt-style webui reads it",
                        prompt, command));
    }

    /** Says so if a prompt is longer than the text encoder reads. */
    static void cut(StableDiffusion model, String prompt) {
        Encoding encoding = model.tokenizer().encode(prompt);
        if (encoding.cutOff() > 0) {
            Console.note(
                    "the prompt has %d tokens, the text encoder reads %d: the last %d are left out",
                    encoding.ids().size(), encoding.maxLength(), encoding.cutOff());
        }
    }

    /**
     * Warns of a mask that paints nothing or everything, which is hardly ever meant.
     *
     * @param brightness from 0 to 1; a half and more is painted
     */
    static void mask(Path file, INDArray brightness) {
        double lightest = brightness.maxNumber().doubleValue();
        if (lightest < PAINTED) {
            Console.note(
                    "%s: nothing is painted, all stays as it is: what is white is painted, the lightest here is %.0f of 255",
                    file, 255 * lightest);
        } else if (brightness.minNumber().doubleValue() >= PAINTED) {
            Console.note("%s: everything is painted anew: what is to stay must be black or transparent", file);
        }
    }
}
