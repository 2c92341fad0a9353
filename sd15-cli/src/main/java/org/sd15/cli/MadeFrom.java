package org.sd15.cli;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/**
 * The picture whose parameters stand for options; they are in the arguments before these are parsed, see {@link
 * CommandParameters#expanded}.
 */
final class MadeFrom {

    @Option(
            names = "--params-from",
            paramLabel = "FILE",
            description =
                    "All options as a PNG of this command says it was made. Files that it names are looked for beside"
                            + " it and in the working directory; options beside it win.")
    private @Nullable Path file;

    /** Adds what is read. */
    InputFiles addTo(InputFiles inputs) {
        return inputs.picture("--params-from", file);
    }
}
