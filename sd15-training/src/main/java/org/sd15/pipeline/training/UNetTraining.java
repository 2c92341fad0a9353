package org.sd15.pipeline.training;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.attention.graph.Weights;
import org.sd15.unet.Checkpointing;
import org.sd15.unet.ParameterGradients;
import org.sd15.unet.Target;
import org.sd15.unet.UNet;
import org.sd15.unet.UNetInput;

/** A UNet of which all or some parameters learn; the texts are given as states. */
public final class UNetTraining implements TrainedModel {

    /** What the names of the UNet's parameters begin with. */
    public static final String PREFIX = "unet.";

    private final UNet unet;
    private final Checkpointing checkpointing;
    private final Set<String> names;
    private final Map<String, INDArray> parameters = new LinkedHashMap<>();

    /**
     * Trains parameters of a UNet.
     *
     * @param unet made with {@link #ownCopies}, so that its trained weights may be written to
     * @param trained chooses parameters by their name in the UNet
     */
    public UNetTraining(UNet unet, Predicate<String> trained) {
        this(unet, trained, Checkpointing.NONE);
    }

    /** Trains parameters of a UNet, with or without checkpointing; see {@link #UNetTraining(UNet, Predicate)}. */
    public UNetTraining(UNet unet, Predicate<String> trained, Checkpointing checkpointing) {
        this.unet = unet;
        this.checkpointing = checkpointing;
        this.names = unet.weights().keySet().stream().filter(trained).collect(Collectors.toUnmodifiableSet());
        unet.weights().keySet().stream()
                .filter(trained)
                .forEach(name -> parameters.put(
                        PREFIX + name, Objects.requireNonNull(unet.weights().get(name))));
        if (parameters.isEmpty()) {
            throw new IllegalArgumentException("nothing to train: none of the UNet's %d parameters was chosen"
                    .formatted(unet.weights().size()));
        }
    }

    /** Weights of which the trained ones are copies; the others stay where they are, in a mapped file perhaps. */
    public static Weights ownCopies(Weights weights, Predicate<String> trained) {
        return new OwnCopies(weights, trained);
    }

    @Override
    public Map<String, INDArray> parameters() {
        return parameters;
    }

    @Override
    public Result gradient(Pass pass) {
        if (!(pass.texts() instanceof TrainingBatch.Texts.States states)) {
            throw new IllegalArgumentException("texts must be given as states: this text encoder does not learn");
        }
        unet.requireUnshared();
        UNetInput input = new UNetInput(pass.noisy(), pass.times(), states.context());
        Target target = Target.of(pass.target()).weighted(pass.weights());
        ParameterGradients gradients = unet.parameterGradients(input, target, names::contains, checkpointing);
        Map<String, INDArray> named = new LinkedHashMap<>();
        gradients.parameters().forEach((name, gradient) -> named.put(PREFIX + name, gradient));
        return new Result(gradients.loss(), gradients.errors(), named);
    }
}
