package org.sd15.pipeline.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.sd15.testing.Closeness.assertSameBits;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.attention.fused.FusedExecution;
import org.sd15.attention.graph.Adapters;
import org.sd15.attention.graph.LowRank;
import org.sd15.attention.graph.ParameterSpec;
import org.sd15.attention.graph.Weights;
import org.sd15.importer.tensor.DType;
import org.sd15.testing.Rule;
import org.sd15.unet.Checkpointing;
import org.sd15.unet.ParameterGradients;
import org.sd15.unet.Target;
import org.sd15.unet.UNet;

/** What learns on top of a frozen model of float16 has the gradients that it has on one of widened numbers, to the bit. */
class HalfPrecisionGradientTest {

    private static final LowRank ADDITION = new LowRank(2, 2);

    @TempDir
    private Path folder;

    /** Frozen matrices and kernels are read in half precision by the derivatives, too. */
    @ParameterizedTest
    @EnumSource(Checkpointing.class)
    void additionsOnAFrozenModelHaveTheSameGradients(Checkpointing checkpointing) throws IOException {
        try (ModelFiles narrow =
                        ModelFiles.open(HalfModels.model(folder, DType.F16, DType.F16), FusedExecution.create());
                ModelFiles wide =
                        ModelFiles.open(HalfModels.model(folder, DType.F16, DType.F32), FusedExecution.create())) {
            HalfModels.Counting[] counts = new HalfModels.Counting[1];
            UNet unet = withAdditions(narrow, loaded -> counts[0] = new HalfModels.Counting(loaded));
            ParameterGradients actual = gradients(unet, checkpointing);
            ParameterGradients expected = gradients(withAdditions(wide, loaded -> loaded), checkpointing);
            assertThat(actual.parameters())
                    .hasSizeGreaterThan(10)
                    .containsOnlyKeys(expected.parameters().keySet());
            actual.parameters()
                    .forEach((name, gradient) -> assertSameBits(
                            name,
                            gradient,
                            Objects.requireNonNull(expected.parameters().get(name))));
            assertThat(counts[0].wideBytes).isZero();
        }
    }

    private static ParameterGradients gradients(UNet unet, Checkpointing checkpointing) {
        INDArray target = Rule.input("target", DataType.FLOAT, 1, 4, 8, 8);
        return unet.parameterGradients(
                HalfModels.input(unet), Target.of(target), name -> name.contains(".lora_"), checkpointing);
    }

    private static UNet withAdditions(ModelFiles files, UnaryOperator<Weights> change) throws IOException {
        Adapters everywhere = Adapters.on(path -> path.contains("attn") || path.contains("resnets"), ADDITION);
        return files.unet(everywhere, loaded -> new WithAdditions(change.apply(loaded)));
    }

    /** Additions by rule on top of a file's weights. */
    private record WithAdditions(Weights file) implements Weights {

        private static boolean isAddition(ParameterSpec spec) {
            return spec.name().contains(".lora_");
        }

        private static INDArray drawn(ParameterSpec spec) {
            return Rule.tensor(spec.name(), DataType.FLOAT, spec.shape());
        }

        @Override
        public INDArray get(ParameterSpec spec) {
            return isAddition(spec) ? drawn(spec) : file.get(spec);
        }

        @Override
        public INDArray stored(ParameterSpec spec) {
            return isAddition(spec) ? drawn(spec) : file.stored(spec);
        }
    }
}
