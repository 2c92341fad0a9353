package org.sd15.cli;

import java.util.List;
import java.util.concurrent.Callable;
import org.sd15.pipeline.training.job.Method;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Trains the vectors of a new word. */
@Command(
        name = "textual-inversion",
        description = "Learn a new word from pictures of a thing or a style; writes an embedding file.",
        mixinStandardHelpOptions = true)
final class TrainInversionCommand implements Callable<Integer> {

    private static final List<String> OBJECT = List.of(
            "a photo of a %s",
            "a rendering of a %s",
            "a cropped photo of the %s",
            "the photo of a %s",
            "a close-up photo of a %s",
            "a good photo of the %s",
            "a photo of one %s");
    private static final List<String> STYLE = List.of(
            "a painting in the style of %s",
            "a rendering in the style of %s", "a picture in the style of %s", "a close-up painting in the style of %s");

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
        List<String> usual = style ? STYLE : OBJECT;
        List<String> captions = (templates.isEmpty() ? usual : templates)
                .stream().map(template -> template.replace("%s", token)).toList();
        return training.run(
                "textual-inversion",
                new Method.Inversion(token, vectors, initializer),
                data -> data.ofOneSubject(captions));
    }
}
