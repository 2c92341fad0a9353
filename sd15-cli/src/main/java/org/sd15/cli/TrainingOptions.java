package org.sd15.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.sd15.importer.lora.LoraFile;
import org.sd15.importer.lora.LoraFormat;
import org.sd15.importer.lora.LoraTargets;
import org.sd15.pipeline.model.ModelFiles;
import org.sd15.pipeline.text.ClipTextEncoder;
import org.sd15.pipeline.training.job.Method;
import org.sd15.pipeline.training.job.TrainingJob;
import org.sd15.pipeline.training.run.TrainingBuilder;
import org.sd15.pipeline.training.run.Validation;
import org.sd15.unet.Checkpointing;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What all trainings have in common; runs them. */
final class TrainingOptions {

    @Mixin
    private ModelOptions model = new ModelOptions();

    @Mixin
    private DataOptions data = new DataOptions();

    @Mixin
    private LoopOptions loop = new LoopOptions();

    @Mixin
    private RunOptions run = new RunOptions();

    @Option(
            names = "--validation-prompt",
            paramLabel = "P",
            description = "Draw pictures of this now and then; repeatable.")
    private List<String> validationPrompts = List.of();

    @Option(
            names = "--validation-every",
            defaultValue = "100",
            paramLabel = "N",
            description = "Steps between them (default: 100).")
    @InRange(from = 1)
    private int validationEvery;

    @Option(
            names = "--validation-steps",
            defaultValue = "25",
            paramLabel = "N",
            description = "Sampler steps for them (default: 25).")
    @InRange(from = 1)
    private int validationSteps;

    @Option(names = "--dump", paramLabel = "FILE", description = "The loss of every batch: safetensors, key loss.")
    private @Nullable Path dump;

    @Option(
            names = "--gradient-checkpointing",
            description =
                    "Compute the inside of the UNet's blocks twice instead of keeping it: less memory, more time.")
    private boolean checkpointing;

    @Option(names = "--open", description = "Show the page of the run when it ends.")
    private boolean open;

    private @Nullable Path initial;
    private @Nullable Path startLora;
    private LoraFormat format = LoraFormat.PEFT;

    /** Starts from a configuration, if given: parts without weights are drawn. */
    TrainingOptions initializedFrom(@Nullable Path configuration) {
        this.initial = configuration;
        return this;
    }

    /** Names the tensors of a LoRA in another way. */
    TrainingOptions format(LoraFormat other) {
        this.format = other;
        return this;
    }

    TrainingOptions startingFrom(@Nullable Path lora) {
        this.startLora = lora;
        return this;
    }

    /**
     * Trains, and prints what was written.
     *
     * @param training what is to be learnt; the rest is set here
     * @param learns what learns
     */
    int run(TrainingBuilder training, Method learns) throws Exception {
        run.require(training.result());
        InputFiles inputs = model.inputs().file("--init-lora", startLora).model("--init-config", initial);
        inputs.requireNoneIs("--output", run.output());
        OutputFiles.requireDump(dump, inputs);
        RunOptions.requirePositive("--validation-every", validationEvery);
        RunOptions.requirePositive("--validation-steps", validationSteps);
        try (ModelFiles files = model.open(initial, run.seed())) {
            if (files.hasAdditions()) {
                throw new IllegalArgumentException(
                        "train starts from a model without additions; for a LoRA to go on from, give --init-lora FILE");
            }
            TrainingJob.requireWeights(files, learns);
            TrainingConsole console =
                    new TrainingConsole("Training of " + run.output().getFileName(), data.folder());
            apply(training, files, learns).listener(console);
            RunOptions.run(training.build(), files);
            if (format != LoraFormat.PEFT) {
                LoraTargets targets =
                        LoraTargets.of(files.unetConfig(), ClipTextEncoder.parameters(files.textConfig()));
                LoraFile.write(LoraFile.read(run.output(), targets), format, run.output());
            }
            if (dump != null) {
                console.dump(dump);
            }
            Path page = console.page();
            if (open && page != null) {
                Browser.open(page);
            }
        }
        Console.result(run.output());
        return 0;
    }

    private TrainingBuilder apply(TrainingBuilder training, ModelFiles files, Method learns) throws IOException {
        data.apply(training, files, learns);
        loop.apply(training, data.replayed());
        run.apply(training);
        if (startLora != null) {
            training.startingFrom(startLora);
        }
        return training.modelName(model.name())
                .weighting(loop.weighting())
                .validation(new Validation(validationPrompts, validationEvery, validationSteps))
                .gradientCheckpointing(checkpointing ? Checkpointing.BLOCKS : Checkpointing.NONE);
    }
}
