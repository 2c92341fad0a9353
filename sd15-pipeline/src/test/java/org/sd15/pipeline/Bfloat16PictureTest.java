package org.sd15.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.sd15.attention.fused.FusedExecution;
import org.sd15.attention.fused.Precision;
import org.sd15.pipeline.denoise.GenerationRequest;
import org.sd15.testing.Fixture;

/** A picture in bfloat16 is the one of float32 to the eye. */
class Bfloat16PictureTest {

    /** On average by less than 4 of 255 levels; and not by nothing, else it would have been float32. */
    @Test
    void thePictureIsThatOfFloat32WithinAFewLevels() throws Exception {
        assumeThat(FusedExecution.hasBfloat16()).isTrue();
        INDArray exact = picture(Precision.FLOAT32);
        INDArray rough = picture(Precision.BFLOAT16);
        double difference = Transforms.abs(exact.sub(rough)).meanNumber().doubleValue() * 255;
        assertThat(difference).isBetween(1e-3, 4.0);
    }

    private static INDArray picture(Precision precision) throws Exception {
        try (StableDiffusion model =
                StableDiffusion.load(Fixture.resource("sd15-pipeline", "shapes"), FusedExecution.create(precision))) {
            return model.decode(model.generate(GenerationRequest.of(ShapesModel.STAR)
                            .steps(10)
                            .latents(ShapesModel.noise())
                            .build())
                    .finish());
        }
    }
}
