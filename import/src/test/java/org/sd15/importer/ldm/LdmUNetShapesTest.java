package org.sd15.importer.ldm;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sd15.attention.graph.ParameterSpec;
import org.sd15.importer.names.LdmNames;
import org.sd15.importer.names.ModuleNames;
import org.sd15.importer.tensor.DType;
import org.sd15.importer.tensor.TensorInfo;
import org.sd15.unet.UNet;
import org.sd15.unet.UNetConfig;

/** The configuration of a UNet is derived from the names and shapes of its tensors. */
class LdmUNetShapesTest {

    /** All 686 tensors of the real model, their names and shapes. */
    @Test
    void derivesStableDiffusion15FromItsOwnNames() throws IOException {
        assertThat(shapesOnly(UNetConfig.sd15()).config(8, 32, 1e-5)).isEqualTo(UNetConfig.sd15());
    }

    @ParameterizedTest
    @CsvSource({"9, 4, false, 1, 768", "4, 4, true, 2, 1024", "8, 4, false, 3, 768"})
    void derivesOtherUNetsOfTheFamily(int in, int out, boolean linear, int layers, int context) {
        UNetConfig sd15 = UNetConfig.sd15();
        UNetConfig config = new UNetConfig(
                in,
                out,
                List.of(32, 64, 96),
                sd15.downBlockTypes().subList(1, 4),
                sd15.upBlockTypes().subList(0, 3),
                layers,
                8,
                context,
                32,
                1e-5,
                linear);
        assertThat(shapesOnly(config).config(8, 32, 1e-5)).isEqualTo(config);
    }

    private static UNetShapes shapesOnly(UNetConfig config) {
        return new UNetShapes(new LdmTensors(Path.of("x.ckpt"), ldmShapes(config), ""));
    }

    private static Map<String, TensorInfo> ldmShapes(UNetConfig config) {
        Map<String, TensorInfo> tensors = new HashMap<>();
        ModuleNames names = LdmNames.unet(config);
        for (ParameterSpec parameter : UNet.parameters(config)) {
            String name = names.toLdm(parameter.name()).orElseThrow();
            tensors.put(name, new TensorInfo(name, DType.F32, parameter.shape()));
        }
        return tensors;
    }
}
