package org.sd15.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Fine-tunes a model. */
@Command(
        name = "train",
        footer = {
            "sd15 train lora --data pictures --output my-lora.safetensors",
            "sd15 train full --data pictures --output my-model --train-steps 2000"
        },
        description = "Fine-tune a model on a folder of captioned pictures.",
        mixinStandardHelpOptions = true,
        subcommands = {
            TrainFullCommand.class,
            TrainLoraCommand.class,
            TrainInversionCommand.class,
            TrainDreamBoothCommand.class,
            TrainVaeCommand.class
        })
final class TrainCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        throw new ParameterException(
                spec.commandLine(), "Say what to train: full, lora, textual-inversion, dreambooth or vae");
    }
}
