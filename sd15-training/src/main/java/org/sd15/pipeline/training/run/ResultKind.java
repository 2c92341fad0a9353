package org.sd15.pipeline.training.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.sd15.importer.io.AtomicFile;

/** What a training leaves at the end. */
public enum ResultKind {
    /** A file of a LoRA or of a new word, in safetensors. */
    FILE,
    /** A diffusers folder. */
    FOLDER;

    /** Endings by which other programs would take the file for a pickle. */
    private static final Pattern OTHER_FORMATS = Pattern.compile("(?i).*\\.(bin|pt|pth|ckpt)");

    private static final Pattern FILES = Pattern.compile("(?i).*\\.(safetensors|bin|pt|pth|ckpt)");

    /**
     * Refuses a path where it could not be written.
     *
     * @throws IllegalArgumentException if another kind of thing is there, or the name is that of another format
     * @throws IOException if the folder that it is in does not take files
     */
    public void requireWritable(Path output) throws IOException {
        if (this == FOLDER) {
            if (Files.exists(output) && !Files.isDirectory(output)) {
                throw new IllegalArgumentException(
                        "%s is a file, must be a folder: a whole model is written".formatted(output));
            }
            if (FILES.matcher(output.toString()).matches() && !Files.exists(output)) {
                throw new IllegalArgumentException(
                        "%s is a file's name, must be a folder: a whole model is written; \"sd15 convert\" makes one file of it"
                                .formatted(output));
            }
            AtomicFile.requireWritableFolder(output);
            return;
        }
        if (Files.isDirectory(output)) {
            throw new IllegalArgumentException(
                    "%s is a folder, must be a file: %s".formatted(output, output.resolve("learnt.safetensors")));
        }
        if (OTHER_FORMATS.matcher(output.toString()).matches()) {
            throw new IllegalArgumentException(
                    "%s: what is learnt is written as safetensors, so its name must end in .safetensors"
                            .formatted(output));
        }
        AtomicFile.requireWritable(output);
    }
}
