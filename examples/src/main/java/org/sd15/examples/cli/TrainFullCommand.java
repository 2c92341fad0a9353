package org.sd15.examples.cli;

import java.util.concurrent.Callable;
import java.util.function.Predicate;
import org.sd15.pipeline.training.AdaptedLayers;
import org.sd15.pipeline.training.job.Method;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Trains weights themselves. */
@Command(
        name = "full",
        description = "Train the UNet's weights; writes a diffusers folder.",
        mixinStandardHelpOptions = true)
final class TrainFullCommand implements Callable<Integer> {

    @Mixin
    private TrainingOptions training = new TrainingOptions();

    @Option(
            names = "--targets",
            defaultValue = "all",
            description = "Which layers learn: all, attention, cross-attention, transformers, or ends of paths"
                    + " (default: all).")
    private String targets = "all";

    @Option(names = "--train-text-encoder", description = "The text encoder learns too.")
    private boolean trainTextEncoder;

    @Override
    public Integer call() throws Exception {
        return training.run("full", new Method.Full(parameters(targets), trainTextEncoder), DataOptions::captioned);
    }

    /** The parameters of the layers that a word stands for. */
    static Predicate<String> parameters(String targets) {
        Predicate<String> layers = AdaptedLayers.of(targets);
        return name -> layers.test(name.substring(0, Math.max(0, name.lastIndexOf('.'))));
    }
}
