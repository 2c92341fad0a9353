package org.sd15.pipeline.training;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.sd15.pipeline.text.ClipTextEncoder;
import org.sd15.pipeline.text.ClipTextGradient;
import org.sd15.pipeline.training.TrainingBatch.Texts;
import org.sd15.unet.Checkpointing;
import org.sd15.unet.Target;
import org.sd15.unet.UNet;
import org.sd15.unet.UNetGradients;
import org.sd15.unet.UNetInput;

/**
 * A text encoder that learns, alone or together with the UNet: the UNet's gradient with respect to the text states is
 * propagated into the text encoder. Texts are given as tokens.
 */
public final class JointTraining implements TrainedModel, AutoCloseable {

    /** What the names of the text encoder's parameters begin with. */
    public static final String PREFIX = "text_encoder.";

    /** The name of the vectors of new tokens. */
    public static final String NEW_TOKENS = PREFIX + "new_tokens";

    /**
     * Tokens whose vectors learn, for textual inversion.
     *
     * @param first the number of the first one
     * @param vectors {@code [tokens, width]}, changed in place
     */
    public record NewTokens(int first, INDArray vectors) {}

    private final UNet unet;
    private final Checkpointing checkpointing;
    private final ClipTextEncoder encoder;
    private final Set<String> names;
    private final ClipTextGradient textGradient;
    private final @Nullable NewTokens newTokens;
    private final Map<String, INDArray> parameters = new LinkedHashMap<>();

    /**
     * Trains parameters of both.
     *
     * @param inUNet chooses parameters of the UNet
     * @param inEncoder chooses parameters of the text encoder
     * @param newTokens tokens of the text encoder whose vectors learn, or null
     */
    public JointTraining(
            UNet unet,
            Predicate<String> inUNet,
            ClipTextEncoder encoder,
            Predicate<String> inEncoder,
            @Nullable NewTokens newTokens) {
        this(unet, inUNet, encoder, inEncoder, newTokens, Checkpointing.NONE);
    }

    /** Trains parameters of both, with or without checkpointing in the UNet. */
    public JointTraining(
            UNet unet,
            Predicate<String> inUNet,
            ClipTextEncoder encoder,
            Predicate<String> inEncoder,
            @Nullable NewTokens newTokens,
            Checkpointing checkpointing) {
        this.unet = unet;
        this.checkpointing = checkpointing;
        this.encoder = encoder;
        this.names = unet.weights().keySet().stream().filter(inUNet).collect(Collectors.toUnmodifiableSet());
        this.textGradient = new ClipTextGradient(encoder, inEncoder);
        this.newTokens = newTokens;
        unet.weights().keySet().stream()
                .filter(names::contains)
                .forEach(name -> parameters.put(
                        UNetTraining.PREFIX + name,
                        Objects.requireNonNull(unet.weights().get(name))));
        textGradient.trained().forEach(name -> parameters.put(PREFIX + name, weight(name)));
        if (newTokens != null) {
            parameters.put(NEW_TOKENS, newTokens.vectors());
        }
    }

    private INDArray weight(String name) {
        return Objects.requireNonNull(encoder.weights().get(name));
    }

    @Override
    public Map<String, INDArray> parameters() {
        return parameters;
    }

    @Override
    public Result gradient(Pass pass) {
        if (!(pass.texts() instanceof Texts.Ids texts)) {
            throw new IllegalArgumentException("texts must be given as tokens: this text encoder learns");
        }
        unet.requireUnshared();
        encoder.requireUnshared();
        applyNewTokens();
        INDArray states = encoder.encode(texts.ids());
        UNetInput input = new UNetInput(pass.noisy(), pass.times(), states);
        Target target = Target.of(pass.target()).weighted(pass.weights());
        UNetGradients ofUNet = unet.gradient(input, target, names::contains, checkpointing);
        ClipTextGradient.Gradients ofText = textGradient.of(texts.ids(), ofUNet.context());
        Map<String, INDArray> gradients = new LinkedHashMap<>();
        ofUNet.parameters().forEach((name, gradient) -> gradients.put(UNetTraining.PREFIX + name, gradient));
        ofText.parameters().forEach((name, gradient) -> gradients.put(PREFIX + name, gradient));
        if (newTokens != null) {
            gradients.put(NEW_TOKENS, ofNewTokens(newTokens, texts.ids(), ofText.embeddings()));
        }
        states.close();
        ofUNet.sample().close();
        ofUNet.context().close();
        ofText.embeddings().close();
        return new Result(ofUNet.loss(), ofUNet.errors(), gradients);
    }

    /** Lets the text encoder see the vectors as they are now. */
    public void applyNewTokens() {
        if (newTokens != null) {
            encoder.replaceTokens(newTokens.first(), newTokens.vectors());
        }
    }

    private static INDArray ofNewTokens(NewTokens tokens, int[][] ids, INDArray embeddings) {
        INDArray gradient =
                Nd4j.zeros(tokens.vectors().dataType(), tokens.vectors().shape());
        for (int row = 0; row < ids.length; row++) {
            for (int place = 0; place < ids[row].length; place++) {
                int token = ids[row][place] - tokens.first();
                if (token >= 0 && token < gradient.size(0)) {
                    INDArray there =
                            embeddings.get(NDArrayIndex.point(row), NDArrayIndex.point(place), NDArrayIndex.all());
                    gradient.getRow(token).addi(there);
                }
            }
        }
        return gradient;
    }

    @Override
    public void close() {
        textGradient.close();
    }
}
