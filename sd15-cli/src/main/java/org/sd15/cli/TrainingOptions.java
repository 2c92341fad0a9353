package org.sd15.cli;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.sd15.importer.lora.LoraWeights;
import org.sd15.pipeline.model.ModelFiles;
import org.sd15.pipeline.training.RunFolder;
import org.sd15.pipeline.training.job.Method;
import org.sd15.pipeline.training.job.TrainingCost;
import org.sd15.pipeline.training.job.TrainingEstimate;
import org.sd15.pipeline.training.job.TrainingJob;
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

    private @Nullable Path initial;
    private @Nullable Path startLora;
    private @Nullable ClassPictures prior;

    /** Starts from a configuration, if given: parts without weights are drawn. */
    TrainingOptions initializedFrom(@Nullable Path configuration) {
        this.initial = configuration;
        return this;
    }

    TrainingOptions startingFrom(@Nullable Path lora) {
        this.startLora = lora;
        return this;
    }

    TrainingOptions withPrior(@Nullable ClassPictures pictures) {
        this.prior = pictures;
        return this;
    }

    DataOptions data() {
        return data;
    }

    LoopOptions loop() {
        return loop;
    }

    RunOptions run() {
        return run;
    }

    List<String> validationPrompts() {
        return validationPrompts;
    }

    int validationEvery() {
        return validationEvery;
    }

    int validationSteps() {
        return validationSteps;
    }

    @Nullable
    Path dump() {
        return dump;
    }

    @Nullable
    ClassPictures prior() {
        return prior;
    }

    String modelName() {
        return model.name();
    }

    /** Estimates, loads, trains and writes. */
    int run(String name, Method method, DataOptions.Reading reading) throws Exception {
        run.require(method instanceof Method.Full ? RunOptions.Result.FOLDER : RunOptions.Result.FILE);
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
            int side = data.pictures().side(files);
            TrainingCost cost = TrainingEstimate.of(files, method).require(plan(side), run.memory());
            CostNotice notice = CostNotice.print(cost, loop);
            try (RunFolder folder = run.open();
                    TrainingJob job = new TrainingJob(files, method, run.seed(), checkpointing())) {
                if (startLora != null) {
                    startFrom(job, startLora, files.readLora(startLora));
                }
                new TrainingRun(this, name, method, job, folder, notice, side).run(reading);
            }
        }
        return 0;
    }

    private static void startFrom(TrainingJob job, Path file, LoraWeights lora) {
        try {
            job.startFrom(lora);
        } catch (IllegalArgumentException unfit) {
            throw new IllegalArgumentException("--init-lora %s: %s".formatted(file, unfit.getMessage()), unfit);
        }
    }

    private TrainingEstimate.Plan plan(int side) {
        int batch = data.pictures().batch();
        int rows = prior == null ? batch : 2 * batch;
        return new TrainingEstimate.Plan(side, side, rows, loop.accumulate(), loop.averages(), checkpointing());
    }

    private Checkpointing checkpointing() {
        return checkpointing ? Checkpointing.BLOCKS : Checkpointing.NONE;
    }
}
