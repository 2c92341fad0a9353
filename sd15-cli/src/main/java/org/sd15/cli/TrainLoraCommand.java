package org.sd15.cli;

import java.util.concurrent.Callable;
import org.sd15.pipeline.training.job.Method;
import org.sd15.pipeline.training.run.Training;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Trains a LoRA. */
@Command(
        name = "lora",
        footer = {
            "sd15 train lora --data pictures --output my-lora.safetensors --rank 8 --train-steps 500",
            "sd15 train lora --data pictures --output my-lora.safetensors --targets all --validation-prompt \"a cat\""
        },
        description = "Train a LoRA; writes a file that diffusers loads.",
        mixinStandardHelpOptions = true)
final class TrainLoraCommand implements Callable<Integer> {

    @Mixin
    private TrainingOptions training = new TrainingOptions();

    @Mixin
    private LoraOptions lora = new LoraOptions();

    @Override
    public Integer call() throws Exception {
        Method.Lora method = lora.method();
        return training.startingFrom(lora.start()).format(lora.format()).run(Training.lora(method), method);
    }
}
