package org.sd15.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.sd15.importer.ModelFolder;
import org.sd15.importer.ModelPart;
import org.sd15.pipeline.training.AdaptedLayers;
import org.sd15.pipeline.training.job.Method;
import org.sd15.pipeline.training.run.Training;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Trains weights themselves. */
@Command(
        name = "full",
        footer = {
            "sd15 train full --data pictures --output my-model --train-steps 2000 --learning-rate 1e-5",
            "sd15 train full --data pictures --output my-model --ema 0.9999 --checkpoint-every 500 --resume"
        },
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

    @Option(names = "--train-text-encoder", description = "The text encoder learns too: as --train unet,text.")
    private boolean trainTextEncoder;

    @Option(
            names = "--train",
            split = ",",
            defaultValue = "unet",
            converter = TrainedPartConverter.class,
            paramLabel = "PART",
            description = "Which parts learn: unet, text or unet,text (default: unet). The autoencoder has its own"
                    + " command, train vae.")
    private Set<ModelPart> parts = EnumSet.of(ModelPart.UNET);

    @Option(
            names = "--init-config",
            paramLabel = "DIR",
            description = "A diffusers folder in the place of --model; parts that have no weights there start from"
                    + " nothing, initialised as by diffusers and transformers.")
    private @Nullable Path initial;

    @Override
    public Integer call() throws Exception {
        Predicate<String> inUNet = parts.contains(ModelPart.UNET) ? parameters(targets) : name -> false;
        Method.Full method = new Method.Full(inUNet, text());
        return training.initializedFrom(initial).run(Training.full(method), method);
    }

    /** A text encoder from nothing needs all of it, its tables too. */
    private Method.TextPart text() throws IOException {
        if (!trainTextEncoder && !parts.contains(ModelPart.TEXT_ENCODER)) {
            return Method.TextPart.NOTHING;
        }
        boolean drawn = initial != null
                && !ModelFolder.open(initial).component("text_encoder").hasWeights();
        return drawn ? Method.TextPart.EVERYTHING : Method.TextPart.LAYERS;
    }

    /** The parameters of the layers that a name selects. */
    static Predicate<String> parameters(String targets) {
        Predicate<String> layers = AdaptedLayers.of(targets);
        return name -> layers.test(name.substring(0, Math.max(0, name.lastIndexOf('.'))));
    }
}
