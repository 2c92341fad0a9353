package org.sd15.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.sd15.testing.Closeness.assertSameBits;

import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.attention.fused.FusedExecution;
import org.sd15.attention.machine.Lanes;
import org.sd15.pipeline.denoise.GenerationRequest;
import org.sd15.pipeline.vae.VaeGradient;
import org.sd15.pipeline.vae.VaeLoss;
import org.sd15.testing.Fixture;
import org.sd15.testing.Rule;
import org.sd15.unet.UNetInput;

/** A whole fused model computes the same bits on any number of threads: pictures, and what its trainings learn from. */
class ThreadCountTest {

    private int lanes;

    @BeforeEach
    void remember() {
        Nd4j.getExecutioner(); // loads the natives that are asked
        lanes = Lanes.count();
        assumeThat(FusedExecution.orNative()).isInstanceOf(FusedExecution.class);
    }

    @AfterEach
    void restore() {
        Lanes.limit(lanes);
    }

    @Test
    void picturesAndGradientsHaveTheSameBitsOnAnyNumberOfThreads() throws Exception {
        Map<String, INDArray> alone = computed(1);
        assertThat(alone).hasSizeGreaterThan(300);
        for (int threads : new int[] {2, 3, 5}) {
            computed(threads)
                    .forEach((name, array) ->
                            assertSameBits("%s with %d threads".formatted(name, threads), array, alone.get(name)));
        }
    }

    private static Map<String, INDArray> computed(int threads) throws Exception {
        Lanes.limit(threads);
        Map<String, INDArray> all = new TreeMap<>();
        try (StableDiffusion model =
                StableDiffusion.load(Fixture.resource("sd15-pipeline", "shapes"), FusedExecution.create())) {
            var request = GenerationRequest.of(ShapesModel.CIRCLE).steps(2).latents(ShapesModel.noise());
            all.put("latents", model.generate(request.build()).finish());
            all.put("picture", model.decode(all.get("latents")));
            addGradients(model, all);
        }
        return all;
    }

    private static void addGradients(StableDiffusion model, Map<String, INDArray> all) {
        INDArray sample = Rule.input("threads.sample", DataType.FLOAT, 3, 4, 16, 16);
        INDArray context = Rule.input(
                "threads.context", DataType.FLOAT, 3, 16, model.unet().config().crossAttentionDim());
        var unet = model.unet().gradient(UNetInput.of(sample, 500, context), sample.mul(0.5), name -> true);
        all.put("unet/sample", unet.sample());
        all.put("unet/context", unet.context());
        unet.parameters().forEach((name, gradient) -> all.put("unet/" + name, gradient));
        INDArray pictures = Rule.picture("threads.pictures", DataType.FLOAT, 3, 3, 32, 32);
        INDArray noise = Rule.input("threads.noise", DataType.FLOAT, 3, 4, 8, 8);
        try (VaeGradient vae = new VaeGradient(model.vae(), VaeLoss.USUAL)) {
            vae.of(pictures, noise).parameters().forEach((name, gradient) -> all.put("vae/" + name, gradient));
        }
    }
}
