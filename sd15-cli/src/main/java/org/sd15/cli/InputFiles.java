package org.sd15.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The files that a command reads: they have to be there, and are not to be overwritten by what it makes of them. */
final class InputFiles {

    /** What an option names, and what it is called where it is missing. */
    private record Input(String option, Path path, String kind) {}

    private final List<Input> inputs = new ArrayList<>();

    /** Adds a picture, if there is one. */
    InputFiles picture(String option, @Nullable Path path) {
        return add(option, path, "picture");
    }

    /** Adds a file, if there is one. */
    InputFiles file(String option, @Nullable Path path) {
        return add(option, path, "file");
    }

    /** Adds a model, if there is one: a file or a folder. */
    InputFiles model(String option, @Nullable Path path) {
        return add(option, path, "model");
    }

    private InputFiles add(String option, @Nullable Path path, String kind) {
        if (path != null) {
            inputs.add(new Input(option, path, kind));
        }
        return this;
    }

    /** Refuses what is not there, or is a folder in a file's place. */
    void requireThere() {
        for (Input input : inputs) {
            boolean model = input.kind.equals("model");
            if (!Files.exists(input.path)) {
                String hint = model ? "; give a diffusers folder or a checkpoint file" : "";
                throw new IllegalArgumentException("%s: no such %s%s".formatted(input.path, input.kind, hint));
            }
            if (!model && Files.isDirectory(input.path)) {
                throw new IllegalArgumentException(
                        "%s %s: is a folder, must be a %s".formatted(input.option, input.path, input.kind));
            }
        }
    }

    /** Refuses an output that would take the place of an input, be it a folder, or of a file of a model's folder. */
    void requireNoneIs(String option, Path output) throws IOException {
        boolean file = Files.isRegularFile(output);
        if (!file && !Files.isDirectory(output)) {
            return;
        }
        Path real = output.toRealPath();
        for (Input input : inputs) {
            if (!Files.exists(input.path)) {
                continue;
            }
            Path read = input.path.toRealPath();
            if (real.equals(read) || file && real.startsWith(read)) {
                throw new IllegalArgumentException("%s %s: would overwrite what %s names; give another name"
                        .formatted(option, output, input.option));
            }
        }
    }

    /** Refuses a folder of results in which an input has the name of a result. */
    void requireNoneIn(String option, Path folder) throws IOException {
        for (Input input : inputs) {
            Path file = input.path.toAbsolutePath();
            Path its = file.getParent();
            if (ResultFolder.RESULTS.matcher(String.valueOf(file.getFileName())).matches()
                    && Files.isDirectory(folder)
                    && its != null
                    && Files.isSameFile(folder, its)) {
                throw new IllegalArgumentException(
                        "%s %s: what %s names, %s, could be overwritten there; give another folder"
                                .formatted(option, folder, input.option, input.path));
            }
        }
    }
}
