package org.sd15.pipeline.model;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.sd15.attention.graph.ParameterSpec;
import org.sd15.attention.graph.Weights;
import org.sd15.importer.CheckpointWeights;
import org.sd15.importer.ImportReport;
import org.sd15.importer.ModelPart;
import org.sd15.importer.tensor.CopiedTensors;
import org.sd15.importer.tensor.TensorFile;
import org.sd15.pipeline.text.ClipTextConfig;
import org.sd15.pipeline.text.ClipTextEncoder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The weights of a model's parts: loaded when they are asked for, or drawn where there are none. */
final class PartWeights implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(PartWeights.class);

    private final ModelParts parts;
    private final List<AutoCloseable> opened = new ArrayList<>();
    private @Nullable Long initialSeed;
    private boolean copied;

    /** Weights of a model, which is closed with them. */
    PartWeights(ModelParts parts) {
        this.parts = parts;
        opened.add(parts);
    }

    void drawMissingParts(long seed) {
        initialSeed = seed;
    }

    void copy() {
        copied = true;
    }

    /** Those of the text encoder. */
    Weights ofText() throws IOException {
        ClipTextConfig config = parts.text();
        List<ParameterSpec> parameters = ClipTextEncoder.parameters(config);
        return initialSeed != null && !parts.hasWeights(ModelPart.TEXT_ENCODER)
                ? InitialWeights.ofText(config, parameters, initialSeed)
                : loaded(ModelPart.TEXT_ENCODER, parameters);
    }

    /** Those of the UNet or the autoencoder. */
    Weights of(ModelPart component, List<ParameterSpec> parameters) throws IOException {
        return initialSeed != null && !parts.hasWeights(component)
                ? InitialWeights.ofConvolutions(parameters, initialSeed)
                : loaded(component, parameters);
    }

    private Weights loaded(ModelPart component, List<ParameterSpec> parameters) throws IOException {
        TensorFile file = parts.tensors(component);
        CheckpointWeights weights = new CheckpointWeights(copied ? new CopiedTensors(file) : file);
        opened.add(weights);
        ImportReport report = weights.check(parameters);
        report.requireComplete();
        if (!report.unexpected().isEmpty()) {
            LOG.warn("{}: {}", weights.file().path(), report);
        }
        if (copied) {
            parameters.forEach(weights::get); // now, not when a graph first asks
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
