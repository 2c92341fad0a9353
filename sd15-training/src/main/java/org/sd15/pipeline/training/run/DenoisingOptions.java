package org.sd15.pipeline.training.run;

import java.nio.file.Path;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.sd15.pipeline.training.LossWeighting;
import org.sd15.pipeline.training.TrainedModel;
import org.sd15.pipeline.training.job.Method;
import org.sd15.unet.Checkpointing;

/** What can be set for the training of a model that denoises, until it is built. */
final class DenoisingOptions {

    private final String name;
    private final Method method;
    private @Nullable List<String> captions;
    private LossWeighting weighting = LossWeighting.EVEN;
    private Checkpointing checkpointing = Checkpointing.NONE;
    private @Nullable Path startLora;
    private @Nullable ClassPictures prior;
    private Validation validation = Validation.of();
    private double captionDropout;
    private double offsetNoise;
    private double inputPerturbation;
    private @Nullable Path cache;
    private UnaryOperator<TrainedModel> gradients = UnaryOperator.identity();

    DenoisingOptions(String name, Method method) {
        this.name = name;
        this.method = method;
    }

    /** With an empty list, each picture has its own. */
    void captions(List<String> texts) {
        this.captions = texts.isEmpty() ? null : List.copyOf(texts);
    }

    void weighting(LossWeighting weights) {
        this.weighting = weights;
    }

    void checkpointing(Checkpointing kept) {
        this.checkpointing = kept;
    }

    void startLora(Path file) {
        if (!(method instanceof Method.Lora)) {
            throw new IllegalArgumentException("only a LoRA can start from one: " + file);
        }
        this.startLora = file;
    }

    void prior(ClassPictures pictures) {
        this.prior = pictures;
    }

    void validation(Validation drawn) {
        this.validation = drawn;
    }

    void captionDropout(double part) {
        this.captionDropout = part;
    }

    void noise(double offset, double perturbation) {
        this.offsetNoise = offset;
        this.inputPerturbation = perturbation;
    }

    void cache(Path folder) {
        this.cache = folder;
    }

    void gradients(UnaryOperator<TrainedModel> elsewhere) {
        this.gradients = elsewhere;
    }

    DenoisingLearner learner() {
        return new DenoisingLearner(
                name,
                method,
                captions,
                weighting,
                checkpointing,
                startLora,
                prior,
                validation,
                captionDropout,
                offsetNoise,
                inputPerturbation,
                cache,
                gradients);
    }
}
