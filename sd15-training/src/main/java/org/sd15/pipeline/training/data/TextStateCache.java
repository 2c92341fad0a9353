package org.sd15.pipeline.training.data;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.pipeline.text.ClipTextEncoder;
import org.sd15.pipeline.text.ClipTokenizer;
import org.sd15.pipeline.training.TrainingBatch.Texts;

/**
 * The states of captions under a frozen text encoder, encoded once: kept in memory, and on disk under a digest of the
 * tokens and the encoder.
 */
public final class TextStateCache implements Captions {

    private static final String STATES = "states";

    private final TensorCache cache;
    private final ClipTokenizer tokenizer;
    private final ClipTextEncoder encoder;
    private final String encoderDigest;
    private final Map<String, INDArray> known = new HashMap<>();

    /** A cache in a folder, which is made when it is needed. */
    public TextStateCache(Path folder, ClipTokenizer tokenizer, ClipTextEncoder encoder) {
        this.cache = new TensorCache(folder);
        this.tokenizer = tokenizer;
        this.encoder = encoder;
        this.encoderDigest = Digest.of(encoder::readWeights);
    }

    /** How many captions went through the text encoder. */
    public int encoded() {
        return cache.made();
    }

    @Override
    public Texts of(List<String> captions) {
        return new Texts.States(
                Nd4j.concat(0, captions.stream().map(this::states).toArray(INDArray[]::new)));
    }

    private INDArray states(String caption) {
        return known.computeIfAbsent(caption, this::load);
    }

    private INDArray load(String caption) {
        int[] ids = tokenizer.encode(caption).padded();
        String key = new Digest().add(Arrays.toString(ids)).add(encoderDigest).hex();
        try {
            return Objects.requireNonNull(
                    cache.get(key, () -> Map.of(STATES, encoder.encode(ids))).get(STATES));
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        }
    }
}
