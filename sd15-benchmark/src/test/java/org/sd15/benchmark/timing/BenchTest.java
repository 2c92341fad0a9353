package org.sd15.benchmark.timing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.sd15.testing.Closeness.assertSameBits;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.sd15.attention.graph.ParameterSpec;
import org.sd15.pipeline.text.ClipTextConfig;
import org.sd15.pipeline.text.ClipTextEncoder;
import org.sd15.testing.Rule;
import org.sd15.unet.UNet;
import org.sd15.unet.UNetConfig;

class BenchTest {

    /** The tests' own writing of the rule, which PyTorch's numbers confirm. */
    @Test
    void syntheticWeightsFollowTheRule() {
        List<ParameterSpec> specs = new ArrayList<>();
        UNet.parameters(UNetConfig.sd15()).stream()
                .filter(spec -> spec.length() < 500_000)
                .limit(60)
                .forEach(specs::add);
        specs.addAll(ClipTextEncoder.parameters(new ClipTextConfig(300, 32, 64, 1, 2, 77, 1e-5)));
        assertThat(specs).hasSizeGreaterThan(70);
        for (ParameterSpec spec : specs) {
            assertSameBits(
                    spec.name(),
                    new SyntheticWeights().get(spec),
                    Rule.tensor(spec.name(), DataType.FLOAT, spec.shape()));
        }
    }

    @Test
    void measuresEachRunAfterOneWarmUpAndClosesTheWorkload() throws Exception {
        List<String> calls = new ArrayList<>();
        Measurement measured = Measurement.of(
                () -> new Workload() {
                    @Override
                    public void run() {
                        calls.add("run");
                    }

                    @Override
                    public void close() {
                        calls.add("close");
                    }
                },
                3,
                () -> calls.add("warm"));
        assertThat(calls).containsExactly("run", "warm", "run", "run", "run", "close");
        assertThat(measured.total()).isGreaterThanOrEqualTo(3 * measured.best());
        assertThat(measured.seconds()).hasSize(3).allMatch(seconds -> seconds >= measured.best());
        assertThatThrownBy(() -> Measurement.of(() -> null, 0, () -> {}))
                .hasMessage("0 runs; there must be at least 1");
    }
}
