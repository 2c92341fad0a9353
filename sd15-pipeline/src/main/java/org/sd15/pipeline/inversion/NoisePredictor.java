package org.sd15.pipeline.inversion;

import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.attention.control.AttentionControl;
import org.sd15.attention.control.AttentionPlan;
import org.sd15.unet.UNet;
import org.sd15.unet.UNetInput;

/** What an inverter asks a model: the noise in latents, and how it changes with the text. */
public interface NoisePredictor {

    /**
     * The prediction.
     *
     * @param latents {@code [pictures, 4, h, w]}
     * @param timestep of the training
     * @param context text states, {@code [pictures, tokens, width]}
     * @return {@code [pictures, 4, h, w]}
     */
    INDArray predict(INDArray latents, double timestep, INDArray context);

    /**
     * The gradient of the sum of prediction times cotangent with respect to the context.
     *
     * @param cotangent {@code [pictures, 4, h, w]}
     * @return {@code [pictures, tokens, width]}
     */
    INDArray contextGradient(INDArray latents, double timestep, INDArray context, INDArray cotangent);

    /** A UNet without any control. */
    static NoisePredictor of(UNet unet) {
        return new Plain(unet);
    }

    /**
     * A UNet without any control.
     *
     * @param unet asked
     */
    record Plain(UNet unet) implements NoisePredictor {

        @Override
        public INDArray predict(INDArray latents, double timestep, INDArray context) {
            return unet.predict(UNetInput.of(latents, timestep, context));
        }

        @Override
        public INDArray contextGradient(INDArray latents, double timestep, INDArray context, INDArray cotangent) {
            UNetInput input = UNetInput.of(latents, timestep, context);
            AttentionControl none = AttentionControl.identity(input.batch());
            return unet.vjp(input, AttentionPlan.PLAIN, none, Map.of("out", cotangent))
                    .context();
        }
    }
}
