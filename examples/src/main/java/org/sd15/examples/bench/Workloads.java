package org.sd15.examples.bench;

import java.io.IOException;
import java.util.Arrays;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.attention.graph.Execution;
import org.sd15.pipeline.ModelFiles;
import org.sd15.pipeline.text.ClipTextConfig;
import org.sd15.pipeline.text.ClipTextEncoder;
import org.sd15.pipeline.vae.Vae;
import org.sd15.pipeline.vae.VaeConfig;
import org.sd15.unet.UNet;
import org.sd15.unet.UNetConfig;
import org.sd15.unet.UNetInput;

/** The workloads that there are. Each owns its component and the random tensors that it runs on. */
public final class Workloads {

    private static final int TEXT_TOKENS = 77;
    private static final double TIMESTEP = 981;

    /** Where components come from. */
    public interface Components {

        /** A UNet. */
        UNet unet() throws IOException;

        /** An autoencoder. */
        Vae vae() throws IOException;

        /** A text encoder. */
        ClipTextEncoder textEncoder() throws IOException;

        /** Those of a model on disk. */
        static Components of(ModelFiles files) {
            return new Components() {
                @Override
                public UNet unet() throws IOException {
                    return files.unet();
                }

                @Override
                public Vae vae() throws IOException {
                    return files.vae();
                }

                @Override
                public ClipTextEncoder textEncoder() throws IOException {
                    return files.textEncoder();
                }
            };
        }

        /** Those of Stable Diffusion 1.5 in their real sizes, with synthetic weights. */
        static Components synthetic(Execution execution) {
            return new Components() {
                @Override
                public UNet unet() {
                    return new UNet(UNetConfig.sd15(), new SyntheticWeights(), DataType.FLOAT, execution);
                }

                @Override
                public Vae vae() {
                    return new Vae(VaeConfig.sd15(), new SyntheticWeights(), DataType.FLOAT, execution);
                }

                @Override
                public ClipTextEncoder textEncoder() {
                    return new ClipTextEncoder(
                            ClipTextConfig.sd15(), new SyntheticWeights(), DataType.FLOAT, execution);
                }
            };
        }
    }

    private record Run(Runnable body, AutoCloseable component) implements Workload {
        @Override
        public void run() {
            body.run();
        }

        @Override
        public void close() throws Exception {
            component.close();
        }
    }

    private Workloads() {}

    /** One prediction of the UNet for so many latents of {@code size x size}. */
    public static Workload unet(Components components, int batch, int size) throws IOException {
        UNet unet = components.unet();
        INDArray sample = Nd4j.randn(DataType.FLOAT, batch, unet.config().inChannels(), size, size);
        INDArray context =
                Nd4j.randn(DataType.FLOAT, batch, TEXT_TOKENS, unet.config().crossAttentionDim());
        UNetInput input = UNetInput.of(sample, TIMESTEP, context);
        return new Run(() -> unet.predict(input).close(), unet);
    }

    /** So many latents of {@code size x size} become pictures. */
    public static Workload vae(Components components, int batch, int size) throws IOException {
        Vae vae = components.vae();
        INDArray latents = Nd4j.randn(DataType.FLOAT, batch, vae.config().latentChannels(), size, size);
        return new Run(() -> vae.decode(latents).close(), vae);
    }

    /** So many texts of 77 tokens. */
    public static Workload text(Components components, int batch) throws IOException {
        ClipTextEncoder encoder = components.textEncoder();
        int[][] ids = new int[batch][TEXT_TOKENS];
        Arrays.stream(ids).forEach(row -> Arrays.setAll(row, i -> i));
        return new Run(() -> encoder.encode(ids).close(), encoder);
    }
}
