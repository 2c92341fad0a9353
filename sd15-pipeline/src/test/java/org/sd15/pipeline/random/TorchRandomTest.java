package org.sd15.pipeline.random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.testing.Fixture;

/**
 * Against PyTorch 2.15 on the CPU, AVX2 code path. {@code rng.json} lists sequences of calls on one generator each, as
 * {@code [name, kind, arguments]}; {@code rng.safetensors} holds what torch returned. Made by the section {@code rng}
 * of tools/reference/make_pipeline.py. Equality is equality of bits.
 */
class TorchRandomTest {

    private static final Path FOLDER =
            Path.of(System.getProperty("sd15.root"), "sd15-pipeline/src/test/resources/reference/rng");
    private static final JsonNode PLAN = plan();
    private static final Fixture STORED = Fixture.open(FOLDER.resolve("rng.safetensors"));

    static Stream<Arguments> sequences() {
        return StreamSupport.stream(PLAN.get("sequences").spliterator(), false)
                .map(sequence -> Arguments.argumentSet(
                        sequence.get("calls").get(0).get(0).asText(),
                        sequence.get("seed").asLong(),
                        sequence.get("calls")));
    }

    @ParameterizedTest
    @MethodSource("sequences")
    void drawsTheValuesOfTorch(long seed, JsonNode calls) {
        TorchRandom random = new TorchRandom(seed);
        for (JsonNode call : calls) {
            String name = call.get(0).asText();
            INDArray drawn = draw(random, call);
            if (STORED.has(name)) {
                INDArray stored = STORED.get(name);
                assertThat(drawn.dataType()).as(name).isEqualTo(stored.dataType());
                assertThat(drawn.shape()).as(name).isEqualTo(stored.shape());
                assertSame(name, drawn, stored);
            } else {
                assertEnds(name, drawn);
            }
        }
    }

    @Test
    void drawsTheGlobalGeneratorsRandnLike() {
        TorchRandom random = new TorchRandom(PLAN.get("randn_like_seed").asLong());
        assertThat(values(random.randn(2, 4, 16, 16))).isEqualTo(values(STORED.get("randn_like")));
    }

    @Test
    void drawsABatchFromOneGeneratorPerPicture() {
        List<TorchRandom> generators = List.of(new TorchRandom(42), new TorchRandom(1), new TorchRandom(42));
        INDArray batch = TorchRandom.randnBatch(generators, 4, 8, 8);

        assertThat(batch.shape()).containsExactly(3, 4, 8, 8);
        assertThat(batch.ordering()).isEqualTo('c');
        assertThat(values(batch.slice(0))).isEqualTo(values(STORED.get("s42.randn_1x4x8x8")));
        assertThat(values(batch.slice(1))).isEqualTo(values(STORED.get("s1.randn_1x4x8x8")));
        assertThat(values(batch.slice(2))).isEqualTo(values(batch.slice(0)));
    }

    /** The largest uniform numbers round to 1 in half precision, which lies outside of [0, 1): torch returns 0. */
    @Test
    void halfPrecisionNeverReachesOne() {
        float[] exact = new TorchRandom(0).randFloats(20_000);
        float[] rounded = (float[]) values(new TorchRandom(0).rand(DataType.FLOAT16, 20_000));
        int reached = 0;
        for (int i = 0; i < exact.length; i++) {
            if (exact[i] >= 1 - 0x1p-12f) {
                assertThat(rounded[i]).isZero();
                reached++;
            } else {
                assertThat(Math.abs(rounded[i] - exact[i])).isLessThanOrEqualTo(0x1p-12f);
                assertThat(rounded[i]).isLessThan(1);
            }
        }
        assertThat(reached).isPositive();
    }

    /**
     * Taken in the middle of a block of words and with a spare normal number, the two things that a draw leaves behind.
     */
    @Test
    void continuesFromARestoredState() {
        TorchRandom random = new TorchRandom(7);
        random.randnFloats(3);
        random.randFloats(1000);
        RandomState state = random.state();
        assertThat(state.spareNormal()).isNotNull();

        float[] expected = random.randnFloats(5);
        long[] expectedIntegers = random.randint(0, 1L << 40, 700);
        TorchRandom restored = new TorchRandom(state);

        assertThat(restored.state()).isEqualTo(state).hasSameHashCodeAs(state);
        assertThat(restored.randnFloats(5)).isEqualTo(expected);
        assertThat(restored.randint(0, 1L << 40, 700)).isEqualTo(expectedIntegers);
        assertThat(restored.state()).isNotEqualTo(state);
    }

    @Test
    void aStateDoesNotMoveWithItsGenerator() {
        TorchRandom random = new TorchRandom(7);
        RandomState state = random.state();
        random.randFloats(1);

        assertThat(state).isEqualTo(new TorchRandom(7).state());
    }

    @Test
    void refusesAStateOfAnotherSize() {
        assertThatThrownBy(() -> new RandomState(List.of(1, 2, 3), 700, null))
                .hasMessage("random state with 3 words at position 700: there must be 624 words"
                        + " and a position from 0 to 624");
    }

    @Test
    void refusesAnEmptyRange() {
        assertThatThrownBy(() -> new TorchRandom(0).randint(5, 5, 1))
                .hasMessage("randint from 5 to 5: the range is empty");
    }

    @Test
    void refusesABatchWithoutGenerators() {
        assertThatThrownBy(() -> TorchRandom.randnBatch(List.of(), 4, 8, 8))
                .hasMessageContaining("at least one generator");
    }

    @Test
    void refusesAnotherDataType() {
        assertThatThrownBy(() -> new TorchRandom(0).randn(DataType.INT32, 4))
                .hasMessage("cannot draw INT: FLOAT, DOUBLE and FLOAT16 are known");
    }

    private static INDArray draw(TorchRandom random, JsonNode call) {
        return switch (call.get(1).asText()) {
            case "randn" -> random.randn(type(call), shape(call));
            case "rand" -> random.rand(type(call), shape(call));
            case "randint" ->
                Nd4j.createFromArray(random.randint(
                        call.get(2).asLong(), call.get(3).asLong(), call.get(4).asInt()));
            case "randperm" ->
                Nd4j.createFromArray(random.randperm(call.get(2).asInt())).castTo(DataType.INT64);
            case "bernoulli" -> {
                boolean[] drawn = random.bernoulli(
                        Nd4j.createFromArray(doubles(call.get(2))).toFloatVector());
                yield Nd4j.createFromArray(drawn).castTo(DataType.FLOAT);
            }
            default -> throw new IllegalArgumentException("unknown kind in " + call);
        };
    }

    /** Java promises sine, cosine and logarithm in double precision only to 1 ulp; all else has no room to differ. */
    private static void assertSame(String name, INDArray drawn, INDArray stored) {
        if (drawn.dataType() == DataType.DOUBLE && name.contains("randn")) {
            double[] expected = stored.data().asDouble();
            for (int i = 0; i < expected.length; i++) {
                assertThat(drawn.getDouble(i)).as(name).isCloseTo(expected[i], within(2 * Math.ulp(expected[i])));
            }
        } else {
            assertThat(values(drawn)).as(name).isEqualTo(values(stored));
        }
    }

    /** Of big arrays only both ends and the sum are stored. */
    private static void assertEnds(String name, INDArray drawn) {
        JsonNode ends = PLAN.get("ends").get(name);
        double[] values = drawn.castTo(DataType.DOUBLE).dup('c').data().asDouble();
        double[] last = Arrays.copyOfRange(values, values.length - 8, values.length);
        assertThat(Arrays.copyOf(values, 8)).as(name).isEqualTo(doubles(ends.get("first8")));
        assertThat(last).as(name).isEqualTo(doubles(ends.get("last8")));
        assertThat(Arrays.stream(values).sum())
                .as(name)
                .isCloseTo(ends.get("sum64").asDouble(), within(1e-9));
    }

    /** The bare numbers: the {@code equals} of an INDArray forgives differences of 1e-5. */
    private static Object values(INDArray array) {
        INDArray ordered = array.dup('c');
        if (array.dataType() == DataType.DOUBLE) {
            return ordered.data().asDouble();
        }
        return array.dataType().isFPType()
                ? ordered.castTo(DataType.FLOAT).data().asFloat()
                : ordered.data().asLong();
    }

    private static DataType type(JsonNode call) {
        return switch (call.get(3).asText()) {
            case "float32" -> DataType.FLOAT;
            case "float64" -> DataType.DOUBLE;
            default -> DataType.FLOAT16;
        };
    }

    private static long[] shape(JsonNode call) {
        return StreamSupport.stream(call.get(2).spliterator(), false)
                .mapToLong(JsonNode::asLong)
                .toArray();
    }

    private static double[] doubles(JsonNode numbers) {
        return StreamSupport.stream(numbers.spliterator(), false)
                .mapToDouble(JsonNode::asDouble)
                .toArray();
    }

    private static JsonNode plan() {
        try {
            return new ObjectMapper().readTree(FOLDER.resolve("rng.json").toFile());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
