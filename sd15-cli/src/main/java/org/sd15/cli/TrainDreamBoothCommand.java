package org.sd15.cli;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.sd15.importer.lora.LoraFormat;
import org.sd15.pipeline.training.job.Method;
import org.sd15.pipeline.training.run.ClassPictures;
import org.sd15.pipeline.training.run.Training;
import org.sd15.pipeline.training.run.TrainingBuilder;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Teaches a model one subject. */
@Command(
        name = "dreambooth",
        footer = {
            "sd15 train dreambooth --data dog --instance-prompt \"a sks dog\" --rank 4 --output dog.safetensors",
            "sd15 train dreambooth --data dog --instance-prompt \"a sks dog\" --class-prompt \"a dog\" --class-pictures 100 --output dog"
        },
        description = "Teach a model one subject, keeping its class; writes a diffusers folder, or a LoRA with --rank.",
        mixinStandardHelpOptions = true)
final class TrainDreamBoothCommand implements Callable<Integer> {

    @Mixin
    private TrainingOptions training = new TrainingOptions();

    @Mixin
    private LoraOptions lora = new LoraOptions();

    @Option(
            names = "--instance-prompt",
            required = true,
            paramLabel = "P",
            description = "What the pictures show, such as \"a photo of sks dog\".")
    private String instancePrompt = "";

    @Option(
            names = "--class-prompt",
            paramLabel = "P",
            description = "The class to be kept, such as \"a photo of a dog\"; without it nothing is.")
    private @Nullable String classPrompt;

    @Option(
            names = "--class-data",
            paramLabel = "FOLDER",
            description = "Pictures of the class; missing ones are drawn (default: beside the output).")
    private @Nullable Path classData;

    @Option(
            names = "--class-pictures",
            defaultValue = "100",
            paramLabel = "N",
            description = "Pictures of the class (default: 100).")
    @InRange(from = 1)
    private int classPictures;

    @Option(
            names = "--class-steps",
            defaultValue = "50",
            paramLabel = "N",
            description = "Sampler steps for those that are drawn (default: 50).")
    @InRange(from = 1)
    private int classSteps;

    @Option(
            names = "--prior-weight",
            defaultValue = "1",
            paramLabel = "W",
            description = "Weight of the loss on the class (default: 1).")
    @InRange(from = 0)
    private double priorWeight;

    @Override
    public Integer call() throws Exception {
        Method method = lora.isAsked()
                ? lora.method()
                : new Method.Full(
                        TrainFullCommand.parameters("all"),
                        lora.trainsTextEncoder() ? Method.TextPart.LAYERS : Method.TextPart.NOTHING);
        TrainingBuilder subject = Training.dreamBooth(method, instancePrompt);
        if (classPrompt != null) {
            subject.classPictures(new ClassPictures(classPrompt, classData, classPictures, classSteps, priorWeight));
        }
        return training.startingFrom(lora.start())
                .format(lora.isAsked() ? lora.format() : LoraFormat.PEFT)
                .run(subject, method);
    }
}
