package org.sd15.pipeline;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.sd15.attention.fused.FusedExecution;
import org.sd15.attention.graph.Execution;
import org.sd15.attention.graph.ParameterSpec;
import org.sd15.attention.graph.Weights;
import org.sd15.importer.CheckpointWeights;
import org.sd15.importer.ImportReport;
import org.sd15.importer.ModelFolder;
import org.sd15.importer.TensorFiles;
import org.sd15.importer.ldm.LdmCheckpoint;
import org.sd15.importer.ldm.LdmCheckpoint.Component;
import org.sd15.pipeline.StableDiffusion.Components;
import org.sd15.pipeline.schedule.Scheduler;
import org.sd15.pipeline.text.ClipTextConfig;
import org.sd15.pipeline.text.ClipTextEncoder;
import org.sd15.pipeline.text.ClipTokenizer;
import org.sd15.pipeline.vae.Vae;
import org.sd15.pipeline.vae.VaeConfig;
import org.sd15.unet.UNet;
import org.sd15.unet.UNetConfig;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A model on disk: a diffusers folder, or a single-file checkpoint of Stable Diffusion 1.x. Each part is loaded when it
 * is asked for; weights in float32 are mapped, not read. Closing frees the weights of all parts.
 *
 * <p>All methods throw {@link org.sd15.importer.io.ImportException} if something is missing or does not fit; the message
 * names file, key or tensor.
 */
public final class ModelFiles implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(ModelFiles.class);

    private final ModelParts parts;
    private final Execution execution;
    private final List<AutoCloseable> opened = new ArrayList<>();

    private ModelFiles(ModelParts parts, Execution execution) {
        this.parts = parts;
        this.execution = execution;
    }

    /** Opens a folder or a file. Its models are fused where that runs, else native. */
    public static ModelFiles open(Path path) throws IOException {
        return open(path, FusedExecution.orNative());
    }

    /** Opens a folder or a file. All its models are computed by one execution. */
    public static ModelFiles open(Path path, Execution execution) throws IOException {
        if (Files.isDirectory(path)) {
            return new ModelFiles(new ModelParts.Folder(ModelFolder.open(path)), execution);
        }
        LdmCheckpoint checkpoint = LdmCheckpoint.of(TensorFiles.open(path));
        ModelFiles files = new ModelFiles(new ModelParts.SingleFile(path, checkpoint), execution);
        files.opened.add(checkpoint);
        return files;
    }

    /** The text encoder. */
    public ClipTextEncoder textEncoder() throws IOException {
        ClipTextConfig config = parts.text();
        Weights weights = weights(Component.TEXT_ENCODER, ClipTextEncoder.parameters(config));
        return new ClipTextEncoder(config, weights, DataType.FLOAT, execution);
    }

    /** The UNet. */
    public UNet unet() throws IOException {
        UNetConfig config = parts.unet();
        return new UNet(config, weights(Component.UNET, UNet.parameters(config)), DataType.FLOAT, execution);
    }

    /** The autoencoder. */
    public Vae vae() throws IOException {
        VaeConfig config = parts.vae();
        return new Vae(config, weights(Component.VAE, Vae.parameters(config)), DataType.FLOAT, execution);
    }

    /** The tokenizer. */
    public ClipTokenizer tokenizer() throws IOException {
        return parts.tokenizer(parts.text().maxPositionEmbeddings());
    }

    /** The scheduler that the model comes with; PNDM with Stable Diffusion 1.x's settings for a single file. */
    public Scheduler scheduler() throws IOException {
        return parts.scheduler();
    }

    /** The whole model. Closing it closes this. */
    public StableDiffusion assemble() throws IOException {
        return new StableDiffusion(new Components(
                tokenizer(), textEncoder(), unet(), vae(), scheduler(), parts.sampleSize(), List.of(this)));
    }

    private Weights weights(Component component, List<ParameterSpec> parameters) throws IOException {
        CheckpointWeights weights = new CheckpointWeights(parts.tensors(component));
        opened.add(weights);
        ImportReport report = weights.check(parameters);
        report.requireComplete();
        if (!report.unexpected().isEmpty()) {
            LOG.warn("{}: {}", weights.file().path(), report);
        }
        return weights;
    }

    @Override
    public void close() throws IOException {
        IOException problem = null;
        for (AutoCloseable resource : opened) {
            try {
                resource.close();
            } catch (Exception another) { // all of them are to be closed, whatever one says
                problem = another instanceof IOException io ? io : new IOException(another);
            }
        }
        opened.clear();
        if (problem != null) {
            throw problem;
        }
    }
}
