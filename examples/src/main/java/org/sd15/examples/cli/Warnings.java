package org.sd15.examples.cli;

import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.text.Encoding;

/** What a user should know although nothing failed. */
final class Warnings {

    private Warnings() {}

    /** Says so if a prompt is longer than the text encoder reads. */
    static void cut(StableDiffusion model, String prompt) {
        Encoding encoding = model.tokenizer().encode(prompt);
        if (encoding.cutOff() > 0) {
            System.err.printf(
                    "sd15: the prompt has %d tokens, the text encoder reads %d: the last %d are left out%n",
                    encoding.ids().size(), encoding.maxLength(), encoding.cutOff());
        }
    }
}
