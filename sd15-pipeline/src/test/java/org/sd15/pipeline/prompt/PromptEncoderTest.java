package org.sd15.pipeline.prompt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.nd4j.linalg.indexing.NDArrayIndex.all;
import static org.nd4j.linalg.indexing.NDArrayIndex.interval;
import static org.sd15.testing.Closeness.assertClose;
import static org.sd15.testing.Closeness.assertSameBits;
import static org.sd15.testing.Closeness.largestDifference;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.text.ClipTextConfig;
import org.sd15.pipeline.text.ClipTextEncoder;
import org.sd15.pipeline.text.ClipTokenizer;
import org.sd15.testing.Fixture;
import org.sd15.testing.Rule;

/** Chunks and states of the web UI by formula in float64, those of compel by compel 2.1.1. */
class PromptEncoderTest {

    private static final double BOUND = 1e-5;
    private static final Fixture STATES = Fixture.of("sd15-pipeline", "prompts/states");

    private static ClipTokenizer tokenizer;
    private static ClipTextEncoder encoder;
    private static PromptEncoder prompts;

    @BeforeAll
    static void open() throws IOException {
        tokenizer = ClipTokenizer.load(
                Fixture.resource("sd15-pipeline", "tokenizer/vocab.json").getParent());
        encoder = new ClipTextEncoder(
                new ClipTextConfig(49408, 32, 128, 2, 4, 77, 1e-5), Rule.weights("", DataType.FLOAT));
        prompts = new PromptEncoder(tokenizer, encoder, 0);
    }

    @AfterAll
    static void close() {
        encoder.close();
    }

    static Stream<Arguments> webui() throws IOException {
        return PromptCases.of("webui");
    }

    static Stream<Arguments> compel() throws IOException {
        return PromptCases.of("compel");
    }

    static Stream<Arguments> joined() throws IOException {
        return PromptCases.of("joined");
    }

    static Stream<Arguments> states() throws IOException {
        JsonNode named = new ObjectMapper()
                .readTree(
                        Fixture.resource("sd15-pipeline", "prompts/states.json").toFile());
        return Stream.of("webui", "compel", "joined")
                .flatMap(style -> Stream.iterate(0, i -> i < named.get(style).size(), i -> i + 1)
                        .map(i -> Arguments.of(style, i, named.get(style).get(i).asText())));
    }

    @ParameterizedTest
    @MethodSource("webui")
    void hasTheChunksOfTheWebui(String text, JsonNode expected) {
        List<WebuiPrompt.Part> parts = WebuiPrompt.parse(text).parts();
        for (int i = 0; i < parts.size(); i++) {
            for (JsonNode run : expected.get("parts").get(i).get("runs")) {
                List<List<Fragment>> sections = parts.get(i)
                        .sections(run.get("step").asInt(), expected.get("steps").asInt());
                assertThat(Chunk.of(tokenizer, sections))
                        .isEqualTo(PromptCases.list(
                                run.get("chunks"),
                                chunk -> new Chunk(
                                        PromptCases.list(chunk.get("ids"), JsonNode::asInt),
                                        PromptCases.list(chunk.get("weights"), JsonNode::asDouble))));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("compel")
    void hasTheFragmentsOfCompel(String text, JsonNode expected) {
        assertThat(CompelPrompt.parse(text).fragments())
                .isEqualTo(PromptCases.list(expected.get("fragments"), PromptCases::fragment));
    }

    @ParameterizedTest
    @MethodSource("joined")
    void joinsPromptsAsCompel(String text, JsonNode expected) {
        CompelPrompt prompt = CompelPrompt.parse(text);

        assertThat(prompt.join()).hasToString(expected.get("join").asText());
        assertThat(prompt.parts())
                .isEqualTo(PromptCases.list(
                        expected.get("parts"),
                        part -> new CompelPrompt.Part(
                                PromptCases.list(part.get("fragments"), PromptCases::fragment),
                                part.get("weight").asDouble())));
    }

    @ParameterizedTest
    @MethodSource("states")
    void hasTheStates(String style, int index, String text) {
        PromptStyle read = style.equals("webui") ? PromptStyle.WEBUI : PromptStyle.COMPEL;
        INDArray states = read.text(text).states(prompts);

        assertClose(text, states, STATES.get(style + "." + index), BOUND);
        assertThat(read.text(text).chunks(tokenizer)).isEqualTo((int) states.size(1) / 77);
    }

    static Stream<Arguments> masked() throws IOException {
        return states().filter(
                        one -> STATES.names().contains("masked." + one.get()[1]) && one.get()[0].equals("compel"));
    }

    /** Fragments that weigh less than 1 are hidden from the others, also where one reaches into the next chunk. */
    @ParameterizedTest
    @MethodSource("masked")
    void hidesWhatWeighsLess(String style, int index, String text) {
        INDArray states = PromptStyle.COMPEL_MASK.text(text).states(prompts);

        assertClose(text, states, STATES.get("masked." + index), BOUND);
        assertThat(largestDifference(states, PromptStyle.COMPEL.text(text).states(prompts)))
                .isGreaterThan(100 * BOUND);
    }

    @Test
    void hidesNothingWhereNothingWeighsLess() {
        String text = "a (red cat)1.3 here";

        assertSameBits(
                text,
                PromptStyle.COMPEL_MASK.text(text).states(prompts),
                PromptStyle.COMPEL.text(text).states(prompts));
    }

    /** A mask that hides nothing is the causal mask; the first token can't be hidden. */
    @Test
    void masksTokens() {
        int[] ids = tokenizer.encode("a cat on a bench").padded();

        assertSameBits("no token", encoder.encodeMasked(0, ids, token -> false), encoder.encode(ids));
        INDArray hidden = encoder.encodeMasked(0, ids, token -> token == 2);
        INDArray plain = encoder.encode(ids);
        assertSameBits("before", hidden.get(all(), interval(0, 2), all()), plain.get(all(), interval(0, 2), all()));
        assertThat(largestDifference(
                        hidden.get(all(), interval(3, 77), all()), plain.get(all(), interval(3, 77), all())))
                .isGreaterThan(1e-3);
        assertThatThrownBy(() -> encoder.encodeMasked(0, ids, token -> token == 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the first token of a text is hidden: it would see nothing");
    }

    @Test
    void aPromptWithoutBracketsHasThePlainBits() {
        INDArray plain = encoder.encode(tokenizer.encode("a cat on a bench").padded());
        List<Fragment> fragments = List.of(new Fragment("a cat on a bench", 1));

        assertSameBits("webui", prompts.webui(List.of(fragments)), plain);
        assertSameBits("compel", prompts.compel(fragments), plain);
    }

    @Test
    void fillsUpWithTheEmptyPrompt() {
        INDArray cat = prompts.webui(List.of(List.of(new Fragment("a cat", 1))));
        INDArray two =
                prompts.webui(List.of(List.of(new Fragment("a cat", 1)), List.of(), List.of(new Fragment("x", 1))));
        INDArray padded = prompts.padded(cat, 3 * 77);

        assertThat(padded.shape()).containsExactly(1, 231, 32);
        assertSameBits("two chunks", prompts.padded(cat, 154), two.get(all(), interval(0, 154), all()));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            (a cat            | the prompt never closes a (: close it, or write \\( where it is text
            a "cat            | the prompt never closes a ": close it, or write \\" where it is text
            cat.swap(dog)     | .swap() asks for an edit, which is done by prompt-to-prompt: give the prompt with the one word as source, and with the other as target
            cat.attend(+)     | .attend() of compel is not known here: weights are, as in word+ or (some words)1.3
            withLora(ink)     | withLora() of compel is not known here: weights are, as in word+ or (some words)1.3
            x (a, b).blend(1) | .blend() joins whole prompts, and nothing stands before, behind or around it: ("a cat", "a dog").blend(1, 1)
            ("a", "b").and() c| "c" stands behind .and(), which is a whole prompt: take it into one of its prompts
            (a, b c).and()    | .and() joins prompts in quotes or brackets, and single words; b c is neither: write "b c"
            (a, "x.swap(y)").and() | .swap() asks for an edit, which is done by prompt-to-prompt: give the prompt with the one word as source, and with the other as target
            (a, b).blend(1)   | .blend() has 1 weights for 2 prompts
            (a, b).blend(x,1) | "x" is no weight of .blend()
            (a, b).and(1, no_normalize) | "no_normalize" is no weight of .and()
            (a, b).blend(1,-1)| the weights of .blend() add up to 0, and are to be divided by that; with no_normalize they are not
            """)
    void refusesWhatItCannotRead(String prompt, String message) {
        assertThatThrownBy(() -> CompelPrompt.parse(prompt))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }
}
