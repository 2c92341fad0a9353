package org.sd15.benchmark.timing;

import java.io.IOException;
import java.util.function.UnaryOperator;
import org.nd4j.linalg.api.buffer.DataType;
import org.sd15.attention.graph.Adapters;
import org.sd15.attention.graph.Execution;
import org.sd15.attention.graph.Weights;
import org.sd15.pipeline.model.ModelFiles;
import org.sd15.pipeline.text.ClipTextConfig;
import org.sd15.pipeline.text.ClipTextEncoder;
import org.sd15.pipeline.vae.Vae;
import org.sd15.pipeline.vae.VaeConfig;
import org.sd15.unet.UNet;
import org.sd15.unet.UNetConfig;

/** Where measured components come from. */
public sealed interface MeasuredComponents {

    /** A UNet with low-rank additions, or none, whose weights may be changed on the way. */
    UNet unet(Adapters adapters, UnaryOperator<Weights> change) throws IOException;

    /** An autoencoder. */
    Vae vae() throws IOException;

    /** A text encoder. */
    ClipTextEncoder textEncoder() throws IOException;

    /**
     * Those of a model on disk.
     *
     * @param files the model
     */
    record OnDisk(ModelFiles files) implements MeasuredComponents {
        @Override
        public UNet unet(Adapters adapters, UnaryOperator<Weights> change) throws IOException {
            return files.unet(adapters, change);
        }

        @Override
        public Vae vae() throws IOException {
            return files.vae();
        }

        @Override
        public ClipTextEncoder textEncoder() throws IOException {
            return files.textEncoder();
        }
    }

    /**
     * Those of Stable Diffusion 1.5 in their real sizes, with synthetic weights.
     *
     * @param execution how their graphs are computed
     */
    record Synthetic(Execution execution) implements MeasuredComponents {
        @Override
        public UNet unet(Adapters adapters, UnaryOperator<Weights> change) {
            Weights weights = change.apply(new SyntheticWeights());
            return new UNet(UNetConfig.sd15(), weights, DataType.FLOAT, adapters, execution);
        }

        @Override
        public Vae vae() {
            return new Vae(VaeConfig.sd15(), new SyntheticWeights(), DataType.FLOAT, execution);
        }

        @Override
        public ClipTextEncoder textEncoder() {
            return new ClipTextEncoder(ClipTextConfig.sd15(), new SyntheticWeights(), DataType.FLOAT, execution);
        }
    }
}
