package org.sd15.pipeline.training.job;

import java.nio.file.Path;
import org.sd15.importer.ModelPart;

/** A part of a model that is not to learn has no weights, and so has not learnt before either. */
public final class MissingWeightsException extends IllegalArgumentException {

    private static final long serialVersionUID = 1;

    private final ModelPart part;
    private final String problem;

    MissingWeightsException(Path model, ModelPart part) {
        this(part, "%s has no weights for the %s, which this training needs".formatted(model, part));
    }

    private MissingWeightsException(ModelPart part, String problem) {
        super(problem + ": " + inJava(part));
        this.part = part;
        this.problem = problem;
    }

    private static String inJava(ModelPart part) {
        return switch (part) {
            case VAE -> "train it first, with Training.vae";
            case TEXT_ENCODER -> "let all of it learn as well, with Method.Full and TextPart.EVERYTHING";
            case UNET -> "only Method.Full can start from nothing";
        };
    }

    /** The part without weights. */
    public ModelPart part() {
        return part;
    }

    /** What is missing, without what to do about it. */
    public String problem() {
        return problem;
    }
}
