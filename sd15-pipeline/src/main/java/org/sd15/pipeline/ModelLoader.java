package org.sd15.pipeline;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.sd15.attention.graph.ParameterSpec;
import org.sd15.importer.CheckpointWeights;
import org.sd15.importer.ComponentFolder;
import org.sd15.importer.ImportReport;
import org.sd15.importer.ModelFolder;
import org.sd15.importer.TensorFiles;
import org.sd15.importer.config.ConfigReader;
import org.sd15.importer.ldm.LdmCheckpoint;
import org.sd15.importer.ldm.LdmCheckpoint.Component;
import org.sd15.importer.ldm.TextEncoderFacts;
import org.sd15.importer.ldm.VaeFacts;
import org.sd15.importer.tensor.TensorFile;
import org.sd15.pipeline.StableDiffusion.Components;
import org.sd15.pipeline.schedule.PndmScheduler;
import org.sd15.pipeline.schedule.Scheduler;
import org.sd15.pipeline.schedule.SchedulerConfig;
import org.sd15.pipeline.text.ClipTextConfig;
import org.sd15.pipeline.text.ClipTextEncoder;
import org.sd15.pipeline.text.ClipTokenizer;
import org.sd15.pipeline.vae.Vae;
import org.sd15.pipeline.vae.VaeConfig;
import org.sd15.unet.UNet;
import org.sd15.unet.UNetConfig;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Puts a model together from a diffusers folder or a single-file checkpoint. */
final class ModelLoader {

    private static final Logger LOG = LoggerFactory.getLogger(ModelLoader.class);
    private static final int USUAL_SAMPLE_SIZE = 64;

    private final List<AutoCloseable> opened = new ArrayList<>();

    private ModelLoader() {}

    static Components load(Path path) throws IOException {
        ModelLoader loader = new ModelLoader();
        try {
            return Files.isDirectory(path) ? loader.folder(ModelFolder.open(path)) : loader.singleFile(path);
        } catch (IOException | RuntimeException problem) {
            loader.closeAll(problem);
            throw problem;
        }
    }

    private Components folder(ModelFolder model) throws IOException {
        ComponentFolder textFolder = model.component("text_encoder");
        ComponentFolder unetFolder = model.component("unet");
        ComponentFolder vaeFolder = model.component("vae");
        ClipTextConfig text = ModelConfigs.text(textFolder.config());
        VaeConfig vae = ModelConfigs.vae(vaeFolder.config());
        UNetConfig unet = model.unetConfig();
        Scheduler scheduler =
                ModelConfigs.scheduler(model.component("scheduler").config());
        ConfigReader unetKeys = unetFolder.config();
        ClipTokenizer tokenizer =
                ClipTokenizer.load(model.component("tokenizer").path(), text.maxPositionEmbeddings());
        return new Components(
                tokenizer,
                new ClipTextEncoder(text, weights(textFolder.tensors(), ClipTextEncoder.parameters(text))),
                new UNet(unet, weights(unetFolder.tensors(), UNet.parameters(unet))),
                new Vae(vae, weights(vaeFolder.tensors(), Vae.parameters(vae))),
                scheduler,
                unetKeys.sameEverywhere("sample_size", USUAL_SAMPLE_SIZE),
                opened);
    }

    private Components singleFile(Path path) throws IOException {
        LdmCheckpoint checkpoint = LdmCheckpoint.of(TensorFiles.open(path));
        opened.add(checkpoint);
        ClipTextConfig text = text(checkpoint.textEncoderFacts());
        VaeConfig vae = vae(checkpoint.vaeFacts());
        UNetConfig unet = checkpoint.unetConfig();
        return new Components(
                ClipTokenizer.load(path.resolveSibling("tokenizer"), text.maxPositionEmbeddings()),
                new ClipTextEncoder(
                        text, weights(checkpoint.tensors(Component.TEXT_ENCODER), ClipTextEncoder.parameters(text))),
                new UNet(unet, weights(checkpoint.tensors(Component.UNET), UNet.parameters(unet))),
                new Vae(vae, weights(checkpoint.tensors(Component.VAE), Vae.parameters(vae))),
                new PndmScheduler(SchedulerConfig.sd15()),
                USUAL_SAMPLE_SIZE,
                opened);
    }

    /** What tensors don't show is as in Stable Diffusion 1.x. */
    private static ClipTextConfig text(TextEncoderFacts facts) {
        ClipTextConfig usual = ClipTextConfig.sd15();
        return new ClipTextConfig(
                facts.vocabSize(),
                facts.hiddenSize(),
                facts.intermediateSize(),
                facts.numHiddenLayers(),
                usual.numAttentionHeads(),
                facts.maxPositionEmbeddings(),
                usual.layerNormEps());
    }

    private static VaeConfig vae(VaeFacts facts) {
        VaeConfig usual = VaeConfig.sd15();
        return new VaeConfig(
                facts.inChannels(),
                facts.outChannels(),
                facts.latentChannels(),
                facts.blockOutChannels(),
                facts.layersPerBlock(),
                usual.normNumGroups(),
                usual.scalingFactor());
    }

    private CheckpointWeights weights(TensorFile file, List<ParameterSpec> parameters) {
        CheckpointWeights weights = new CheckpointWeights(file);
        opened.add(weights);
        ImportReport report = weights.check(parameters);
        report.requireComplete();
        if (!report.unexpected().isEmpty()) {
            LOG.warn("{}: {}", file.path(), report);
        }
        return weights;
    }

    private void closeAll(Exception problem) {
        for (AutoCloseable resource : opened) {
            try {
                resource.close();
            } catch (Exception second) { // whatever a resource says, the first problem is the one to report
                problem.addSuppressed(second);
            }
        }
    }
}
