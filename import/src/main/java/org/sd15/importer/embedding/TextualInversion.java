package org.sd15.importer.embedding;

import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A word that a text encoder has learnt: R. Gal et al., "An Image is Worth One Word: Personalizing Text-to-Image
 * Generation using Textual Inversion", 2022. It may take several vectors, which stand for it one after the other.
 *
 * @param token the word as prompts have it, for instance {@code <cat-toy>}
 * @param vectors {@code [vectors, width]}
 * @param metadata remarks that go into a file along with it
 */
public record TextualInversion(String token, INDArray vectors, Map<String, String> metadata) {

    /** Checks the word and the shape. */
    public TextualInversion {
        if (token.isBlank()) {
            throw new IllegalArgumentException("a learnt word needs a name");
        }
        if (vectors.rank() != 2 || vectors.size(0) < 1) {
            throw new IllegalArgumentException("the vectors of %s are %s, must be [vectors, width]"
                    .formatted(token, Arrays.toString(vectors.shape())));
        }
        metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
    }

    /** A word without remarks. */
    public TextualInversion(String token, INDArray vectors) {
        this(token, vectors, Map.of());
    }

    /** The same vectors under another word. */
    public TextualInversion named(String other) {
        return new TextualInversion(other, vectors, metadata);
    }

    /** The number of vectors. */
    public int count() {
        return Math.toIntExact(vectors.size(0));
    }

    /** The tokens that stand for it: the word itself, then {@code word_1}, {@code word_2} and so on. */
    public List<String> tokens() {
        return IntStream.range(0, count())
                .mapToObj(i -> i == 0 ? token : token + "_" + i)
                .toList();
    }
}
