package org.sd15.shapes.pictograms;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sd15.pipeline.text.ClipTokenizer;
import org.sd15.shapes.ShapeColor;
import org.sd15.shapes.ShapeKind;
import org.sd15.shapes.pictograms.Pictograms.Name;

/** What the vocabulary's writer makes, read by the tokenizer that the model has. */
class PictogramVocabularyTest {

    @TempDir
    private static Path folder;

    private static ClipTokenizer tokenizer;

    @BeforeAll
    static void write() throws Exception {
        PictogramVocabulary.write(folder);
        tokenizer = ClipTokenizer.load(folder);
    }

    private static int tokens(String text) {
        return tokenizer.encode(text).ids().size() - 2;
    }

    @Test
    void everyWordIsItsPieces() {
        for (List<String> pieces : PictogramVocabulary.words()) {
            assertThat(tokens(String.join("", pieces))).as("%s", pieces).isEqualTo(pieces.size());
        }
    }

    /** No two words are the same tokens. */
    @Test
    void wordsDiffer() {
        List<List<Integer>> all = PictogramVocabulary.words().stream()
                .map(pieces ->
                        List.copyOf(tokenizer.encode(String.join("", pieces)).ids()))
                .toList();
        assertThat(all).doesNotHaveDuplicates();
    }

    @Test
    void theWordsOfAllCaptionsAreKnown() {
        List<String> known = PictogramVocabulary.words().stream()
                .map(pieces -> String.join("", pieces))
                .toList();
        Stream<String> pictograms = Pictograms.names().stream().map(Name::words);
        Stream<String> backdrops = Stream.of(Backdrop.values()).map(Backdrop::word);
        Stream<String> colors = Stream.of(ShapeColor.values()).map(ShapeColor::word);
        Stream<String> kinds = Stream.of(ShapeKind.values()).map(ShapeKind::word);
        Stream<String> grammar = Stream.of("a an small large left right of above below on and background");
        List<String> words = new ArrayList<>();
        Stream.of(pictograms, backdrops, colors, kinds, grammar)
                .flatMap(all -> all)
                .forEach(text -> words.addAll(List.of(text.split(" "))));
        assertThat(known).containsAll(words);
    }

    @Test
    void theTextEncoderHasAsManyTokensAndTheSameEnds() throws Exception {
        JsonNode config;
        try (InputStream stream = getClass().getResourceAsStream("/pictograms/text_encoder/config.json")) {
            config = new ObjectMapper().readTree(stream);
        }
        assertThat(tokenizer.vocabularySize())
                .isEqualTo(config.get("vocab_size").asInt());
        List<Integer> empty = tokenizer.encode("").ids();
        assertThat(empty)
                .containsExactly(
                        config.get("bos_token_id").asInt(),
                        config.get("eos_token_id").asInt());
        assertThat(config.get("pad_token_id")).isEqualTo(config.get("eos_token_id"));
    }

    @Test
    void anyOtherTextIsSpelledOut() {
        assertThat(tokens("zyzzyva ümlaut 7")).isGreaterThan(8);
    }
}
