package org.sd15.pipeline.training.job;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.attention.graph.LowRank;
import org.sd15.importer.ModelFolder;
import org.sd15.importer.embedding.EmbeddingFile;
import org.sd15.importer.embedding.EmbeddingFormat;
import org.sd15.importer.embedding.TextualInversion;
import org.sd15.importer.io.AtomicFile;
import org.sd15.importer.io.FolderUpdate;
import org.sd15.importer.io.StrictJson;
import org.sd15.importer.lora.LoraFile;
import org.sd15.importer.lora.LoraFormat;
import org.sd15.importer.lora.LoraWeights;
import org.sd15.importer.safetensors.SafetensorsWriter;
import org.sd15.importer.tensor.DType;
import org.sd15.pipeline.training.JointTraining;
import org.sd15.pipeline.training.UNetTraining;
import org.sd15.pipeline.training.VaePasses;

/** Writes what was learnt in the formats of diffusers. */
final class TrainingOutput {

    private static final String UNET = "unet";
    private static final String TEXT_ENCODER = "text_encoder";
    private static final String VAE = "vae";
    private static final String CONFIG = "config.json";
    private static final String WEIGHTS = "diffusion_pytorch_model.safetensors";

    private TrainingOutput() {}

    static void lora(Method.Lora method, Map<String, INDArray> parameters, Map<String, String> record, Path target)
            throws IOException {
        LoraWeights.Builder lora = LoraWeights.builder().metadata(record);
        double alpha = method.addition().alpha();
        String end = "." + LowRank.DOWN;
        parameters.forEach((name, down) -> {
            if (name.endsWith(end)) {
                String module = name.substring(0, name.length() - end.length());
                INDArray up = Objects.requireNonNull(parameters.get(module + "." + LowRank.UP));
                if (module.startsWith(UNetTraining.PREFIX)) {
                    lora.unet(module.substring(UNetTraining.PREFIX.length()), down, up, alpha);
                } else {
                    lora.textEncoder(module.substring(JointTraining.PREFIX.length()), down, up, alpha);
                }
            }
        });
        makeFolderOf(target);
        LoraFile.write(lora.build(), LoraFormat.PEFT, target);
    }

    static void word(TextualInversion word, Path target) throws IOException {
        makeFolderOf(target);
        EmbeddingFile.write(word, EmbeddingFormat.DIFFUSERS, target);
    }

    private static void makeFolderOf(Path file) throws IOException {
        Path folder = file.toAbsolutePath().getParent();
        if (folder != null) {
            Files.createDirectories(folder);
        }
    }

    /** A model's folder with other weights, in float32; everything else is copied. All of it changes as one. */
    static void folder(
            Path model, Map<String, INDArray> weights, boolean withText, Map<String, String> record, Path target)
            throws IOException {
        List<Path> copied = allBut(withText ? Set.of(UNET, TEXT_ENCODER) : Set.of(UNET), model, target);
        try (FolderUpdate update = FolderUpdate.begin(target, ModelFolder.INDEX)) {
            copy(copied, model, target, update);
            write(weights, UNetTraining.PREFIX, record, update.file(UNET + "/" + WEIGHTS));
            if (withText) {
                write(weights, JointTraining.PREFIX, record, update.file(TEXT_ENCODER + "/model.safetensors"));
            }
            update.commit();
        }
    }

    /** A model's folder with another autoencoder, in float32; everything else is copied. All of it changes as one. */
    static void vae(
            Path model, Map<String, INDArray> weights, double scalingFactor, Map<String, String> record, Path target)
            throws IOException {
        List<Path> copied = allBut(Set.of(VAE), model, target);
        ObjectNode changed = StrictJson.readObject(model.resolve(VAE).resolve(CONFIG));
        changed.put("scaling_factor", scalingFactor);
        try (FolderUpdate update = FolderUpdate.begin(target, ModelFolder.INDEX)) {
            copy(copied, model, target, update);
            AtomicFile.write(
                    update.file(VAE + "/" + CONFIG), changed.toPrettyString().getBytes(StandardCharsets.UTF_8));
            write(weights, VaePasses.PREFIX, record, update.file(VAE + "/" + WEIGHTS));
            update.commit();
        }
    }

    /** The files of a model without the weights of some components, and without the output, if it is inside. */
    private static List<Path> allBut(Set<String> components, Path model, Path target) throws IOException {
        Path inside = target.toAbsolutePath().normalize();
        boolean within = !inside.equals(model.toAbsolutePath().normalize());
        try (Stream<Path> found = Files.walk(model, FileVisitOption.FOLLOW_LINKS)) {
            return found.filter(Files::isRegularFile)
                    .filter(file ->
                            !within || !file.toAbsolutePath().normalize().startsWith(inside))
                    .filter(file -> isCopied(model.relativize(file), components))
                    .sorted()
                    .toList();
        }
    }

    private static boolean isCopied(Path relative, Set<String> components) {
        String first = relative.getName(0).toString();
        boolean anew = relative.getNameCount() > 1 && components.contains(first);
        return !first.equals(FolderUpdate.STAGING)
                && (!anew || relative.toString().endsWith(CONFIG));
    }

    private static void copy(List<Path> files, Path model, Path target, FolderUpdate update) throws IOException {
        for (Path file : files) {
            Path relative = model.relativize(file);
            Path there = target.resolve(relative.toString());
            if (!Files.exists(there) || !Files.isSameFile(file, there)) {
                AtomicFile.copy(file, update.file(relative.toString()));
            }
        }
    }

    private static void write(Map<String, INDArray> weights, String prefix, Map<String, String> record, Path target)
            throws IOException {
        SafetensorsWriter writer =
                SafetensorsWriter.create().metadata("format", "pt").metadata(record);
        weights.forEach((name, array) -> {
            if (name.startsWith(prefix)) {
                writer.add(name.substring(prefix.length()), array, DType.F32);
            }
        });
        writer.write(target);
    }
}
