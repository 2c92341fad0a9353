package org.sd15.examples.training;

import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.denoise.GenerationRequest;

/**
 * How models are asked for pictures that are to be compared.
 *
 * @param steps of the sampler
 * @param guidance of the caption
 * @param seed of the noise; a picture's noise depends on its place among the captions too
 */
record Drawing(int steps, double guidance, long seed) {

    /** A picture of each caption, values from 0 to 1, {@code [captions, 3, side, side]}. */
    INDArray of(StableDiffusion model, List<String> captions) {
        return model.decode(model.generate(GenerationRequest.of(captions.toArray(String[]::new))
                        .seed(seed)
                        .steps(steps)
                        .guidance(guidance)
                        .build())
                .finish());
    }
}
