package org.sd15.cli;

import java.util.List;
import java.util.concurrent.Callable;
import org.sd15.pipeline.training.job.Method;
import org.sd15.pipeline.training.run.CaptionTemplates;
import org.sd15.pipeline.training.run.Training;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Trains the vectors of a new word. */
@Command(
        name = "textual-inversion",
        footer = {
            "sd15 train textual-inversion --data pictures --token \"<tone>\" --initializer red --output tone.safetensors",
            "sd15 train textual-inversion --data pictures --token \"<hand>\" --initializer painting --style --vectors 2 --output hand.safetensors"
        },
        description = "Learn a new word from pictures of a thing or a style; writes an embedding file.",
        mixinStandardHelpOptions = true)
final class TrainInversionCommand implements Callable<Integer> {

    @Mixin
    private TrainingOptions training = new TrainingOptions();

    @Option(names = "--token", required = true, paramLabel = "WORD", description = "The new word, such as <cat-toy>.")
    private String token = "";

    @Option(
            names = "--initializer",
            required = true,
            paramLabel = "WORD",
            description = "A word of one token to start from.")
    private String initializer = "";

    @Option(
            names = "--vectors",
            defaultValue = "1",
            paramLabel = "N",
            description = "Vectors of the word (default: 1).")
    @InRange(from = 1)
    private int vectors;

    @Option(names = "--style", description = "The pictures show a style rather than a thing.")
    private boolean style;

    @Option(
            names = "--template",
            description = "A caption with %%s for the word, in the place of the usual ones; repeatable.")
    private List<String> templates = List.of();

    @Override
    public Integer call() throws Exception {
        CaptionTemplates usual = style ? CaptionTemplates.STYLE : CaptionTemplates.OBJECT;
        CaptionTemplates captions = templates.isEmpty() ? usual : new CaptionTemplates(templates);
        Method.Inversion method = new Method.Inversion(token, vectors, initializer);
        return training.run(Training.textualInversion(method).captions(captions.of(token)), method);
    }
}
