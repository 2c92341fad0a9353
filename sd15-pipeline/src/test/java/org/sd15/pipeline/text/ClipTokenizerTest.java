package org.sd15.pipeline.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import java.util.zip.CRC32;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Against transformers 5.23 (tokenizers 0.23.3) on CLIP's own vocabulary. {@code cases.json} was made by the section
 * {@code tokenizer} of tools/reference/make_pipeline.py.
 */
class ClipTokenizerTest {

    private static final Path FOLDER =
            Path.of(System.getProperty("sd15.root"), "sd15-pipeline/src/test/resources/reference/tokenizer");

    /** First code point and the one after the last. */
    private static final int[][] BLOCKS = {
        {0x20, 0x7F},
        {0x61, 0x7B},
        {0x20, 0x41},
        {0x00, 0x250},
        {0x300, 0x370},
        {0x391, 0x500},
        {0x5D0, 0x5EB},
        {0x621, 0x660},
        {0x905, 0x93A},
        {0x1100, 0x1200},
        {0x1E00, 0x1F00},
        {0x2000, 0x2070},
        {0x3041, 0x3097},
        {0x4E00, 0x9FA6},
        {0xAC00, 0xD7A4},
        {0xFF01, 0xFFBF},
        {0x1D400, 0x1D455},
        {0x1F300, 0x1F650}
    };

    private static ClipTokenizer tokenizer;

    @TempDir
    private Path folder;

    @BeforeAll
    static void load() throws IOException {
        tokenizer = ClipTokenizer.load(FOLDER);
    }

    static Stream<Arguments> cases() throws IOException {
        return cases("cases");
    }

    static Stream<Arguments> padded() throws IOException {
        return cases("padded");
    }

    @ParameterizedTest
    @MethodSource("cases")
    void givesTheTokensOfHuggingFace(JsonNode expected) {
        Encoding encoding = tokenizer.encode(expected.get("text").asText());

        assertThat(encoding.ids()).isEqualTo(integers(expected.get("ids")));
    }

    @ParameterizedTest
    @MethodSource("padded")
    void cutsAndPadsAsHuggingFace(JsonNode expected) {
        Encoding encoding = tokenizer.encode(expected.get("text").asText());

        assertThat(encoding.padded())
                .isEqualTo(
                        integers(expected.get("ids")).stream().mapToInt(i -> i).toArray());
    }

    /**
     * The texts come from a linear congruential generator. The checksum is transformers':
     *
     * <pre>
     * tok = CLIPTokenizer.from_pretrained(folder); state = 1; crc = 0; count = 0
     * def below(n):
     *     global state; state = (state * 6364136223846793005 + 1442695040888963407) % 2**64; return (state >> 33) % n
     * for _ in range(5000):
     *     text = ""
     *     for _ in range(below(4) + 1):
     *         low, high = BLOCKS[below(len(BLOCKS))]
     *         text += "".join(chr(low + below(high - low)) for _ in range(below(12)))
     *     ids = tok(text).input_ids; count += len(ids); crc = zlib.crc32(struct.pack(f"&lt;{len(ids)}i", *ids), crc)
     * </pre>
     */
    @Test
    void givesTheTokensOfHuggingFaceForFiveThousandRandomTexts() {
        LinearCongruential random = new LinearCongruential();
        CRC32 checksum = new CRC32();
        int count = 0;
        for (int i = 0; i < 5000; i++) {
            List<Integer> ids = tokenizer.encode(random.text()).ids();
            ByteBuffer bytes = ByteBuffer.allocate(4 * ids.size()).order(ByteOrder.LITTLE_ENDIAN);
            ids.forEach(bytes::putInt);
            checksum.update(bytes.array());
            count += ids.size();
        }
        assertThat(count).isEqualTo(143_572);
        assertThat(checksum.getValue()).isEqualTo(2_011_818_252L);
    }

    /**
     * The pieces of cases.json carry the mark of a word's end; in plain ASCII nothing else tells them from the text.
     */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            a soup with croutons | a,soup,with,cr,out,ons
            don't stop           | don,'t,stop
            CamelCase 3.14       | camel,case,3,.,1,4
            """)
    void tellsTheTextOfEveryToken(String text, String pieces) {
        List<String> inner = tokenizer.encode(text).pieces();
        assertThat(inner.get(0)).isEqualTo(ClipTokenizer.START);
        assertThat(inner.get(inner.size() - 1)).isEqualTo(ClipTokenizer.END);
        assertThat(inner.subList(1, inner.size() - 1)).containsExactly(pieces.split(","));
    }

    @Test
    void everyPieceOfALatinTextIsAPartOfTheText() throws IOException {
        for (JsonNode expected : (Iterable<JsonNode>) cases("cases").map(c -> (JsonNode) c.get()[0])::iterator) {
            String text = expected.get("text").asText();
            if (text.chars().allMatch(c -> c < 0x80)) {
                String stripped = text.replaceAll("[ \t\n\r]", "");
                assertThat(String.join("", tokenizer.encode(text).pieces()))
                        .isEqualToIgnoringCase(ClipTokenizer.START + stripped + ClipTokenizer.END);
            }
        }
    }

    /** The cat is three bytes and three tokens, none of which is a character. */
    @Test
    void tellsTheTextOfTokensBeyondAscii() {
        List<String> pieces = tokenizer.encode("naïve 猫").pieces();
        assertThat(pieces.subList(1, pieces.size() - 1)).containsExactly("na", "ï", "ve", "\uFFFD", "\uFFFD", "\uFFFD");
    }

    @Test
    void saysHowManyTokensDoNotFit() {
        assertThat(tokenizer.encode("a ".repeat(75)).cutOff()).isZero();
        assertThat(tokenizer.encode("a ".repeat(80)).cutOff()).isEqualTo(5);
        assertThat(tokenizer.encode("a ".repeat(80)).padded()).hasSize(77).endsWith(320, 49407);
    }

    @Test
    void givesTheSameTokensFromSeveralThreads() {
        List<String> texts =
                IntStream.range(0, 8000).mapToObj(i -> "word" + i % 5000 + "th").toList();
        List<List<Integer>> alone =
                texts.stream().map(text -> tokenizer.encode(text).ids()).toList();
        assertThat(texts.parallelStream()
                        .map(text -> tokenizer.encode(text).ids())
                        .toList())
                .isEqualTo(alone);
    }

    /** Another vocabulary, another length. A symbol that the vocabulary lacks is the end token, as in Hugging Face. */
    @Test
    void worksWithAnotherVocabulary() throws IOException {
        Files.writeString(folder.resolve("vocab.json"), """
                {"c": 0, "a": 1, "t</w>": 2, "at</w>": 3, "cat</w>": 4, "<|startoftext|>": 9, "<|endoftext|>": 7}
                """);
        Files.writeString(folder.resolve("merges.txt"), "#version: 0.2\na t</w>\nc at</w>\n\n");
        ClipTokenizer small = ClipTokenizer.load(folder, 6);
        Encoding encoding = small.encode("CAT at cot");

        assertThat(small.vocabularySize()).isEqualTo(7);
        assertThat(encoding.ids()).containsExactly(9, 4, 3, 0, 7, 2, 7);
        assertThat(encoding.pieces())
                .containsExactly(ClipTokenizer.START, "cat", "at", "c", "o", "t", ClipTokenizer.END);
        assertThat(encoding.padded()).containsExactly(9, 4, 3, 0, 7, 7);
        assertThat(encoding.cutOff()).isEqualTo(1);
    }

    @Test
    void refusesALengthWithoutRoom() {
        assertThatThrownBy(() -> ClipTokenizer.load(FOLDER, 1)).hasMessageContaining("no room for start and end");
    }

    private static Stream<Arguments> cases(String name) throws IOException {
        JsonNode cases =
                new ObjectMapper().readTree(FOLDER.resolve("cases.json").toFile());
        return StreamSupport.stream(cases.get(name).spliterator(), false).map(Arguments::of);
    }

    private static List<Integer> integers(JsonNode numbers) {
        return StreamSupport.stream(numbers.spliterator(), false)
                .map(JsonNode::asInt)
                .toList();
    }

    /** Knuth's MMIX generator, as it is easily written in any language. */
    private static final class LinearCongruential {

        private long state = 1;

        String text() {
            StringBuilder text = new StringBuilder();
            int runs = below(4) + 1;
            for (int run = 0; run < runs; run++) {
                int[] block = BLOCKS[below(BLOCKS.length)];
                int length = below(12);
                for (int i = 0; i < length; i++) {
                    text.appendCodePoint(block[0] + below(block[1] - block[0]));
                }
            }
            return text.toString();
        }

        private int below(int bound) {
            state = state * 6364136223846793005L + 1442695040888963407L;
            return (int) ((state >>> 33) % bound);
        }
    }
}
