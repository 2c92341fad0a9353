package org.sd15.pipeline.model;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.sd15.importer.embedding.TextualInversion;
import org.sd15.importer.io.ImportException;
import org.sd15.pipeline.lora.ScaledLora;
import org.sd15.pipeline.text.ClipTextEncoder;
import org.sd15.pipeline.text.ClipTokenizer;

/** What is put on top of a model: LoRAs and learnt words, in the order in which they came. */
final class Additions {

    private final Map<String, ScaledLora> loras = new LinkedHashMap<>();
    private final Map<Path, TextualInversion> words = new LinkedHashMap<>();

    boolean isEmpty() {
        return loras.isEmpty() && words.isEmpty();
    }

    void add(Path file, ScaledLora lora) {
        loras.put(loras.size() + 1 + " " + file, lora);
    }

    /**
     * Adds a word.
     *
     * @param width of the text encoder
     */
    void add(Path file, TextualInversion word, int width) throws ImportException {
        if (word.vectors().size(1) != width) {
            throw new ImportException(
                    file,
                    "the vectors of %s are %s, the text encoder of this model takes [tokens, %d]"
                            .formatted(
                                    word.token(), Arrays.toString(word.vectors().shape()), width));
        }
        words.put(file, word);
    }

    /** By a name that no two of them share. */
    Map<String, ScaledLora> loras() {
        return Collections.unmodifiableMap(loras);
    }

    void addTokensTo(ClipTextEncoder encoder) {
        words.values().forEach(word -> encoder.addTokens(word.vectors()));
    }

    /**
     * Makes sure that a text encoder has a vector for each token that its tokenizer's files have added.
     *
     * @param folder of the tokenizer
     * @param largest number of such a token
     */
    static void requireRows(Path folder, int largest, int rows) throws ImportException {
        if (largest >= rows) {
            throw new ImportException(
                    folder,
                    "has the added token %,d, the text encoder has %,d rows, from 0: they don't belong together"
                            .formatted(largest, rows));
        }
    }

    /** A tokenizer that knows the words as well; their tokens are counted on from the end of the vocabulary. */
    ClipTokenizer addWordsTo(ClipTokenizer plain, int vocabularySize) throws ImportException {
        ClipTokenizer tokenizer = plain;
        int next = vocabularySize;
        for (Map.Entry<Path, TextualInversion> entry : words.entrySet()) {
            TextualInversion word = entry.getValue();
            try {
                tokenizer = tokenizer.withWord(word.tokens(), next);
            } catch (IllegalArgumentException taken) {
                throw new ImportException(entry.getKey(), String.valueOf(taken.getMessage()), taken);
            }
            next += word.count();
        }
        return tokenizer;
    }
}
