package org.sd15.cli;

import java.util.Optional;
import org.sd15.importer.ModelPart;
import org.sd15.importer.io.ImportException;
import org.sd15.importer.io.ModelChoice;
import org.sd15.pipeline.training.job.MissingWeightsException;
import org.sd15.pipeline.training.job.Remedy;
import org.sd15.pipeline.training.job.TooLittleMemoryException;

/** What the library tells callers in Java to do, in the options of commands. */
final class InOptions {

    private InOptions() {}

    /** The line for an exception that comes with something to do; empty for others, whose message says all. */
    static Optional<String> message(Throwable problem) {
        if (problem instanceof TooLittleMemoryException memory) {
            return Optional.of(memory.problem() + ": " + remedy(memory.remedy()));
        }
        if (problem instanceof MissingWeightsException missing) {
            return Optional.of(missing.problem() + ": " + remedy(missing.part()));
        }
        return problem instanceof ImportException file
                ? file.remedy().map(choice -> file.problem() + "; " + remedy(choice))
                : Optional.empty();
    }

    private static String remedy(ModelChoice choice) {
        return switch (choice) {
            case VARIANT -> "choose one of them with --variant NAME";
            case PREDICTION -> "say which it is with --prediction epsilon|v";
            case TOKENIZER ->
                "or name their folder with --tokenizer DIR, or keep them for all models with"
                        + " \"sd15 tokenizer import DIR\"";
            case VAE -> "add --vae PATH, the folder or the file of one";
            case TEXT_ENCODER -> "add --text-encoder PATH, the folder or the file of one";
        };
    }

    private static String remedy(ModelPart untrained) {
        return switch (untrained) {
            case VAE -> "train it first, with train vae";
            case TEXT_ENCODER -> "let all of it learn as well, with train full --train unet,text";
            case UNET -> "only train full can start from nothing";
        };
    }

    private static String remedy(Remedy remedy) {
        if (remedy instanceof Remedy.SmallerBatch smaller) {
            return "--batch %d would fit (with --accumulate %d for as many pictures a step)"
                    .formatted(smaller.batch(), smaller.accumulate());
        }
        if (remedy instanceof Remedy.SmallerPictures smaller) {
            return "--batch 1 --resolution %d would fit".formatted(smaller.side());
        }
        return remedy instanceof Remedy.Lora
                ? "train lora needs memory for the frozen weights and a pass only"
                : remedy.toString();
    }
}
