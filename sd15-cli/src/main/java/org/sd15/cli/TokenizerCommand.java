package org.sd15.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.sd15.pipeline.model.UserTokenizer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Keeps CLIP's tokenizer for single-file checkpoints, which have none in themselves. */
@Command(
        name = "tokenizer",
        footer = {"sd15 tokenizer import stable-diffusion-v1-5/tokenizer", "sd15 tokenizer import Downloads"},
        description = "Keep CLIP's tokenizer for checkpoints that have none beside them.",
        mixinStandardHelpOptions = true)
final class TokenizerCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Command(
            name = "import",
            footer = {"sd15 tokenizer import stable-diffusion-v1-5/tokenizer", "sd15 tokenizer import Downloads"},
            description = "Check vocab.json and merges.txt, or tokenizer.json, of openai/clip-vit-large-patch14 and put"
                    + " them into the user's data folder, where every model finds them.",
            mixinStandardHelpOptions = true)
    int install(@Parameters(paramLabel = "DIR", description = "The folder with the files, or a model's.") Path folder)
            throws IOException {
        Console.result(UserTokenizer.install(folder));
        return 0;
    }

    @Override
    public Integer call() {
        throw new ParameterException(spec.commandLine(), "Say what to do: sd15 tokenizer import DIR");
    }
}
