package org.sd15.pipeline.lora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.sd15.testing.Closeness.largestDifference;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.importer.embedding.EmbeddingFile;
import org.sd15.importer.embedding.TextualInversion;
import org.sd15.pipeline.text.ClipTokenizer;
import org.sd15.pipeline.words.PromptWords;
import org.sd15.testing.Fixture;

/** Learnt words against diffusers 0.42.1 and transformers 5.23; see the section {@code lora} of make_pipeline.py. */
class LearntWordsTest {

    private static final Fixture OUTPUTS = Fixture.of("sd15-pipeline", "lora/embedding_outputs");

    /** Four times PyTorch's own distance from float64 in this text encoder, of values up to 4. */
    private static final double BOUND = 4 * 4.8e-7 * 4;

    private static ClipTokenizer tokenizer;

    @BeforeAll
    static void load() throws IOException {
        tokenizer = ClipTokenizer.load(Fixture.resource("sd15-pipeline", "tokenizer"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "embedding_1.bin",
                "embedding_1.safetensors",
                "embedding_3.bin",
                "embedding_3.safetensors",
                "embedding_a1111_1.pt",
                "embedding_a1111_3.pt",
                "embedding_webui_1.safetensors",
                "embedding_webui_3.safetensors"
            })
    void everyFileGivesTheIdsAndStatesOfDiffusers(String name) throws IOException {
        JsonNode facts = new ObjectMapper()
                .readTree(Fixture.resource("sd15-pipeline", "lora/embedding_outputs.json")
                        .toFile())
                .get(name);
        String key = name.replace('.', '_');
        TextualInversion word = EmbeddingFile.read(TinySd.file(name)).named("<thing>");
        try (TinySd model = new TinySd()) {
            int first = model.text.addTokens(word.vectors());
            ClipTokenizer learnt = tokenizer.withWord(word.tokens(), first);
            assertThat(first).isEqualTo(49408);
            assertThat(learnt.vocabularySize())
                    .isEqualTo(model.text.vocabularySize())
                    .isEqualTo(facts.get("vocabulary").asInt());
            int[][] ids = new int[2][];
            for (int i = 0; i < 2; i++) {
                ids[i] = learnt.encode(facts.get("prompts").get(i).asText()).padded();
            }
            assertThat(ids).isDeepEqualTo(TinySd.ids(OUTPUTS.get(key + ".ids")));
            assertThat(largestDifference(model.text.encode(ids), OUTPUTS.get(key + ".last_hidden_state")))
                    .isLessThan(BOUND);
        }
    }

    /** The ids that transformers 5.23 gives for the prompt as diffusers' maybe_convert_prompt has expanded it. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            a <thing>           | 49406 320 49408 49409 49410 49407
            my<thing>s, ok      | 49406 607 49408 49409 49410 338 267 2481 49407
            <thing>_1 y         | 49406 49409 344 49407
            <thing>_3           | 49406 49408 49409 49410 318 274 49407
            <thing><thing>      | 49406 49408 49409 49410 49408 49409 49410 49407
            "<thing>  \t <thing>" | 49406 49408 49409 49410 49408 49409 49410 49407
            <thing>10           | 49406 49408 49409 49410 272 271 49407
            <thin>              | 49406 283 7847 285 49407
            """)
    void aWordIsFoundWhereverItStands(String prompt, String ids) {
        ClipTokenizer learnt = tokenizer.withWord(List.of("<thing>", "<thing>_1", "<thing>_2"), 49408);
        assertThat(learnt.encode(prompt).ids()).hasToString("[" + ids.replace(" ", ", ") + "]");
    }

    /** As in transformers' fast tokenizers; the longer word counts where both could stand. */
    @Test
    void caseDoesNotMatterAndTheLongestWordCounts() {
        ClipTokenizer learnt = tokenizer
                .withWord(List.of("<MyCat>"), 49408)
                .withWord(List.of("mycat"), 49409)
                .withWord(List.of("mycats"), 49410);
        assertThat(learnt.encode("a <mycat>").ids()).containsExactly(49406, 320, 49408, 49407);
        assertThat(learnt.encode("a <MyCat>").ids()).containsExactly(49406, 320, 49408, 49407);
        assertThat(learnt.encode("MYCATS").ids()).containsExactly(49406, 49410, 49407);
        assertThat(learnt.vocabularySize()).isEqualTo(49411);
        assertThat(tokenizer.encode("mycats").ids()).doesNotContain(49410);
    }

    @Test
    void piecesNameTheTokensAndEditingFindsTheWord() {
        ClipTokenizer learnt = tokenizer.withWord(List.of("<thing>", "<thing>_1"), 49408);
        assertThat(learnt.encode("a (<Thing>)").pieces())
                .containsExactly(ClipTokenizer.START, "a", "(", "<thing>", "<thing>_1", ")", ClipTokenizer.END);
        assertThat(PromptWords.of("a red <thing>, a cat", learnt::encode).tokens("<thing>"))
                .containsExactly(3, 4);
    }

    @Test
    void aWordMustBeNew() {
        assertThatThrownBy(() -> tokenizer.withWord(List.of("cat"), 49408))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("the word cat is in the vocabulary already");
        assertThatThrownBy(() ->
                        tokenizer.withWord(List.of("Elephant"), 49408)) // in the vocabulary with its end, </w>, only
                .hasMessageContaining("already");
        ClipTokenizer learnt = tokenizer.withWord(List.of("<thing>", "<thing>_1"), 49408);
        assertThatThrownBy(() -> learnt.withWord(List.of("<Thing>_1"), 49410)).hasMessageContaining("already");
    }

    @Test
    void theTextEncoderRefusesOtherWidths() {
        try (TinySd model = new TinySd()) {
            assertThatThrownBy(() -> model.text.addTokens(Nd4j.zeros(3, 31)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("[3, 31]")
                    .hasMessageContaining("[tokens, 32]");
        }
    }
}
