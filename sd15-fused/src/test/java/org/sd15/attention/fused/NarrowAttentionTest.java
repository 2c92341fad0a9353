package org.sd15.attention.fused;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.sd15.attention.fused.BothExecutions.output;
import static org.sd15.testing.Closeness.assertSameBits;
import static org.sd15.testing.Closeness.relativeNorm;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.attention.fused.BothExecutions.Inputs;
import org.sd15.attention.fused.BothExecutions.Word;
import org.sd15.attention.graph.AttentionPorts;
import org.sd15.attention.graph.Execution;
import org.sd15.attention.graph.Tokens;
import org.sd15.attention.machine.Lanes;

/** Attention with factors in bfloat16. */
class NarrowAttentionTest {

    /** What rounding to the 8 bits of a bfloat16 changes at most, relative to a number. */
    private static final double ROUNDING = 0x1p-9;

    private static final int CHANNELS = 80;

    private int lanes;

    @BeforeEach
    void remember() {
        Nd4j.getExecutioner(); // loads the natives that are asked
        lanes = Lanes.count();
        assumeThat(FusedExecution.hasBfloat16()).isTrue();
    }

    @AfterEach
    void restore() {
        Lanes.limit(lanes);
    }

    /** Of queries, keys and values that are numbers of bfloat16, whatever computes with them. */
    private static Word attention(int queries, int keys) {
        return (scope, in) -> scope.formulation()
                .attention(
                        scope,
                        rounded(in, "q", queries),
                        rounded(in, "k", keys),
                        rounded(in, "v", keys),
                        2,
                        AttentionPorts.NONE)
                .rows();
    }

    private static Tokens rounded(Inputs in, String name, int tokens) {
        SDVariable values = in.array(name, 1, tokens, CHANNELS);
        return Tokens.of(values.castTo(DataType.BFLOAT16).castTo(values.dataType()), tokens, CHANNELS);
    }

    private static INDArray narrow(Word word) {
        return output(FusedExecution.create(Precision.BFLOAT16), DataType.FLOAT, word);
    }

    /** Scores, softmax and sums stay in float32, so that only the rounding of the probabilities is seen. */
    @Test
    void losesNoMoreThanTheRoundingOfItsProbabilities() {
        INDArray exact = output(Execution.NATIVE, DataType.DOUBLE, attention(1100, 600));
        assertThat(relativeNorm(narrow(attention(1100, 600)).castTo(DataType.DOUBLE), exact))
                .isBetween(ROUNDING / 10, ROUNDING);
    }

    @Test
    void smallMapsStayInFloat32() {
        for (Word small : new Word[] {attention(1024, 77), attention(300, 600)}) {
            assertSameBits("values", narrow(small), output(FusedExecution.create(), DataType.FLOAT, small));
        }
    }

    @Test
    void hasTheSameBitsOnAnyNumberOfThreads() {
        Lanes.limit(1);
        INDArray alone = narrow(attention(1100, 600));
        for (int threads : new int[] {2, 3, 8}) {
            Lanes.limit(threads);
            assertSameBits("values with " + threads, narrow(attention(1100, 600)), alone);
        }
    }
}
