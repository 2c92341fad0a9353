package org.sd15.pipeline.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.sd15.importer.io.ImportException;
import org.sd15.testing.MutationRun;

/**
 * Tokenizers with {@code tokenizer.json} alone, and with words of their own in every place that transformers has written
 * them to. The numbers are those of transformers 5.23; see tools/reference/added_tokens.py.
 */
class AddedTokensTest {

    private static final Path SHAPES =
            Path.of(System.getProperty("sd15.root"), "sd15-pipeline/src/test/resources/reference/shapes/tokenizer");

    private static final String WORDS = """
            [{"content": "<glow>", "id": 627, "normalized": true},
             {"content": "<cat>", "id": 628, "normalized": true}, {"content": "<cat>_1", "id": 629, "normalized": true},
             {"content": "[SEP]", "id": 630, "normalized": false, "special": true},
             {"content": "dot", "id": 631, "normalized": false, "single_word": true}]
            """;

    private static final String PROMPTS = """
            a <glow> circle   ; 625 353 627 563 626
            a<GLOW>circle     ; 625 353 627 563 626
            a <cat> star      ; 625 353 628 629 578 626
            a <cat>_1 star    ; 625 353 629 578 626
            a [SEP] b         ; 625 353 630 354 626
            a [sep] b         ; 625 353 347 115 101 368 349 354 626
            a dot             ; 625 353 631 626
            dots dot.dot      ; 625 100 111 116 371 631 302 631 626
            Dot               ; 625 100 111 372 626
            a <|endoftext|> b ; 625 353 626 354 626
            """;

    private final JsonMapper mapper = new JsonMapper();

    @TempDir
    private Path folder;

    private ObjectNode whole;

    @BeforeEach
    void readTheWhole() throws IOException {
        whole = (ObjectNode) mapper.readTree(Files.readString(SHAPES.resolve("tokenizer.json")));
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', textBlock = PROMPTS)
    void tokenizerJsonAlone(String prompt, String ids) throws IOException {
        addWords();
        save();
        assertTokens(prompt, ids);
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', textBlock = PROMPTS)
    void theConfigurationOfOlderVersions(String prompt, String ids) throws IOException {
        copy("vocab.json", "merges.txt");
        ObjectNode decoder = mapper.createObjectNode();
        mapper.readTree(WORDS).forEach(word -> decoder.set(word.get("id").asText(), word));
        write("tokenizer_config.json", mapper.createObjectNode().set("added_tokens_decoder", decoder));
        assertTokens(prompt, ids);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            a <glow> circle | 625 353 627 563 626
            a <cat> star    | 625 353 628 629 578 626
            """)
    void theListOfTheOldest(String prompt, String ids) throws IOException {
        copy("vocab.json", "merges.txt");
        write("added_tokens.json", mapper.readTree("{\"<glow>\": 627, \"<cat>\": 628, \"<cat>_1\": 629}"));
        assertTokens(prompt, ids);
    }

    @Test
    void tokenizerJsonCutsAsTheTwoFilesDo() throws IOException {
        ArrayNode lists = (ArrayNode) whole.at("/model/merges");
        for (int i = 0; i < lists.size(); i += 2) { // both ways of writing a pair
            JsonNode merge = lists.get(i);
            if (merge.isArray()) {
                lists.set(
                        i,
                        mapper.getNodeFactory()
                                .textNode(merge.path(0).asText() + " "
                                        + merge.path(1).asText()));
            } else {
                String[] pair = merge.asText().split(" ");
                lists.set(i, mapper.createArrayNode().add(pair[0]).add(pair[1]));
            }
        }
        save();
        ClipTokenizer one = ClipTokenizer.load(folder);
        ClipTokenizer two = ClipTokenizer.load(SHAPES);
        for (String prompt : List.of("a red circle", "Two Stars, don't touch 42!", "\u00e9t\u00e9 \ud83d\ude00", "")) {
            assertThat(one.encode(prompt)).as(prompt).isEqualTo(two.encode(prompt));
        }
        assertThat(one.vocabularySize()).isEqualTo(two.vocabularySize());
        assertThat(one.largestAddedId()).isEqualTo(626);
    }

    @Test
    void aLearntWordMustNotBeOneOfThem() throws IOException {
        addWords();
        save();
        ClipTokenizer tokenizer = ClipTokenizer.load(folder);
        for (String word : List.of("<glow>", "[SEP]")) {
            assertThatThrownBy(() -> tokenizer.withWord(List.of(word), 632))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("the word " + word + " is in the vocabulary already");
        }
        assertThat(tokenizer.vocabularySize()).isEqualTo(632);
    }

    static Stream<Arguments> broken() {
        return Stream.of(
                broken("has no model.merges", root -> model(root).remove("merges")),
                broken(
                        "merge 1: \"a b c\" is not two pieces",
                        root -> model(root).putArray("merges").add("a b c")),
                broken(
                        "merge 1: \"\ufffd\" is not two pieces",
                        root -> model(root).putArray("merges").add("\u0007")),
                broken(
                        "is not in its vocabulary",
                        root -> model(root).putArray("merges").add("zz qq")),
                broken("model.vocab is no object", root -> model(root).put("vocab", 1)),
                broken("model.type is \"WordPiece\"", root -> model(root).put("type", "WordPiece")),
                broken("model.end_of_word_suffix is \"\"", root -> model(root).remove("end_of_word_suffix")),
                broken("has the normalizers []", root -> root.remove("normalizer")),
                broken("has the added token \" \"", root -> add(root, " ", 627)),
                broken("token \"<a>\" has the number -1", root -> add(root, "<a>", -1)),
                broken("as number 628, and another file of its folder as number 627", root -> {
                    add(root, "<a>", 627);
                    add(root, "<a>", 628);
                }),
                broken("has more than 10,000 added tokens", root -> {
                    for (int i = 0; i < 10_000; i++) {
                        add(root, "<" + i + ">", 1000 + i);
                    }
                }));
    }

    private static Arguments broken(String message, Consumer<ObjectNode> change) {
        return Arguments.of(message, change);
    }

    private static ObjectNode model(ObjectNode root) {
        return (ObjectNode) root.get("model");
    }

    private static void add(ObjectNode root, String word, int id) {
        ((ArrayNode) root.get("added_tokens")).addObject().put("content", word).put("id", id);
    }

    @ParameterizedTest
    @MethodSource("broken")
    void whatIsWrongIsSaidByFileAndEntry(String message, Consumer<ObjectNode> change) throws IOException {
        change.accept(whole);
        save();
        assertThatThrownBy(() -> ClipTokenizer.load(folder))
                .isInstanceOf(ImportException.class)
                .hasMessageContaining(folder.resolve("tokenizer.json") + ": ")
                .hasMessageContaining(message);
    }

    @Test
    @Tag("fuzz")
    void understandsOrRefusesDamagedFiles() throws IOException {
        model(whole).set("vocab", mapper.readTree("{\"a\": 0, \"b</w>\": 1, \"ab</w>\": 2, \"<|startoftext|>\": 3}"));
        model(whole).putArray("merges").addArray().add("a").add("b</w>");
        ((ObjectNode) whole.at("/added_tokens/1")).put("id", 4);
        ((ObjectNode) whole.at("/added_tokens/0")).put("id", 3);
        byte[] sample = mapper.writeValueAsBytes(whole);
        MutationRun.Outcome outcome = MutationRun.of(31, MutationRun.count())
                .over(List.of(sample))
                .words("content", "added_tokens", "merges", "vocab", "normalized")
                .check(
                        folder.resolve("tokenizer.json"),
                        file -> ClipTokenizer.load(folder).encode("ab <|endoftext|>"));
        assertThat(outcome.understood()).isPositive();
        assertThat(outcome.refused()).isPositive();
    }

    private void addWords() throws IOException {
        ((ArrayNode) whole.get("added_tokens")).addAll((ArrayNode) mapper.readTree(WORDS));
    }

    private void save() throws IOException {
        write("tokenizer.json", whole);
    }

    private void write(String name, JsonNode content) throws IOException {
        Files.writeString(folder.resolve(name), content.toString());
    }

    private void copy(String... names) throws IOException {
        for (String name : names) {
            Files.copy(SHAPES.resolve(name), folder.resolve(name));
        }
    }

    private void assertTokens(String prompt, String ids) throws IOException {
        List<Integer> expected =
                Arrays.stream(ids.split(" ")).map(Integer::valueOf).toList();
        assertThat(ClipTokenizer.load(folder).encode(prompt).ids()).isEqualTo(expected);
    }
}
