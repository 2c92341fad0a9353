package org.sd15.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.sd15.importer.TensorFiles;
import org.sd15.importer.tensor.TensorFile;
import org.sd15.pipeline.denoise.GenerationRequestBuilder;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Text states in the place of prompts, as diffusers' pipelines take them. */
final class PromptEmbedsOptions {

    private static final String STATES = "prompt_embeds";
    private static final String NEGATIVE = "negative_prompt_embeds";

    @Option(
            names = "--prompt-embeds",
            paramLabel = "FILE",
            description = "Text states in the place of --prompt: safetensors, key prompt_embeds [B,tokens,width].")
    private @Nullable Path file;

    @Option(
            names = "--negative-prompt-embeds",
            paramLabel = "FILE",
            description = "With it, in the place of --negative: key negative_prompt_embeds [1 or B,tokens,width].")
    private @Nullable Path negativeFile;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    PromptEmbedsOptions() {
        command = CommandSpec.create();
    }

    /** Whether there are some. */
    boolean areGiven() {
        return file != null;
    }

    /** Adds what is read. */
    InputFiles addTo(InputFiles inputs) {
        return inputs.file("--prompt-embeds", file).file("--negative-prompt-embeds", negativeFile);
    }

    /** Refuses options whose part they take. */
    void check() {
        if (file == null && negativeFile != null) {
            throw usage("--negative-prompt-embeds goes with --prompt-embeds: give both, or prompts");
        }
        if (file == null) {
            return;
        }
        for (String option : List.of("--prompt", "--clip-skip", "--prompt-style", "--lora-dir")) {
            if (wasTyped(option)) {
                throw usage("--prompt-embeds takes the place of prompts, %s is about them: give one of both"
                        .formatted(option));
            }
        }
        if (negativeFile != null && wasTyped("--negative")) {
            throw usage("--negative-prompt-embeds takes the place of --negative: give one of them");
        }
    }

    private boolean wasTyped(String option) {
        return command.commandLine().getParseResult().hasMatchedOption(option);
    }

    private ParameterException usage(String message) {
        return new ParameterException(command.commandLine(), message);
    }

    /** A label in the place of each prompt. */
    List<String> prompts() throws IOException {
        addTo(new InputFiles()).requireThere();
        return Collections.nCopies(Math.toIntExact(states(path(), STATES).size(0)), "");
    }

    /**
     * Puts them into a request.
     *
     * @param count pictures of each
     */
    void addTo(GenerationRequestBuilder request, int count) throws IOException {
        INDArray states = repeated(states(path(), STATES), count);
        request.promptStates(states, negativeFile == null ? null : repeated(states(negativeFile, NEGATIVE), count));
    }

    private Path path() {
        return Objects.requireNonNull(file);
    }

    /** The tensor of that name, or the only one. */
    private INDArray states(Path path, String key) throws IOException {
        try (TensorFile tensors = TensorFiles.open(path)) {
            Set<String> names = tensors.tensors().keySet();
            boolean only = names.size() == 1 && !names.contains(key);
            INDArray states = tensors.load(only ? names.iterator().next() : key, DataType.FLOAT)
                    .dup('c');
            if (key.equals(STATES) && negativeFile == null && names.contains(NEGATIVE)) {
                Console.note("%s has %s too: --negative-prompt-embeds %s reads them", path, NEGATIVE, path);
            }
            if (states.rank() != 3 || states.size(0) == 0) {
                throw new IllegalArgumentException("%s: %s has shape %s, must be [pictures, tokens, width]"
                        .formatted(path, key, Arrays.toString(states.shape())));
            }
            return states;
        }
    }

    private static INDArray repeated(INDArray states, int count) {
        return states.size(0) == 1 || count == 1
                ? states
                : Nd4j.concat(
                        0,
                        IntStream.range(0, Math.toIntExact(states.size(0) * count))
                                .mapToObj(i -> states.get(NDArrayIndex.interval(i / count, i / count + 1)))
                                .toArray(INDArray[]::new));
    }

    /** The files, for the text chunk of a picture. */
    Map<String, String> parameters() {
        if (file == null) {
            return Map.of();
        }
        return negativeFile == null
                ? Map.of("Prompt embeds", String.valueOf(file.getFileName()))
                : Map.of(
                        "Prompt embeds",
                        String.valueOf(file.getFileName()),
                        "Negative prompt embeds",
                        String.valueOf(negativeFile.getFileName()));
    }
}
