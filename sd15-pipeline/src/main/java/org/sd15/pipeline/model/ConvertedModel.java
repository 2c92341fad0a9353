package org.sd15.pipeline.model;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.attention.graph.ParameterSpec;
import org.sd15.importer.ComponentExport;
import org.sd15.importer.ImportReport;
import org.sd15.importer.ModelFolder;
import org.sd15.importer.ldm.LdmCheckpoint.Component;
import org.sd15.importer.ldm.LdmExport;
import org.sd15.importer.ldm.VaeFacts;
import org.sd15.importer.lora.LoraModule.Model;
import org.sd15.importer.tensor.DType;
import org.sd15.importer.tensor.TensorFile;
import org.sd15.importer.tensor.TensorInfo;
import org.sd15.pipeline.lora.ScaledLora;
import org.sd15.pipeline.text.ClipTextEncoder;
import org.sd15.pipeline.vae.Vae;
import org.sd15.pipeline.vae.VaeConfig;
import org.sd15.unet.UNet;

/**
 * A model on its way from one kind of files to another.
 *
 * @param parts where it comes from
 * @param dtype number format of all weights; null for each in its own
 * @param loras what is merged into it
 * @param record remark for every file of weights
 */
record ConvertedModel(ModelParts parts, @Nullable DType dtype, List<ScaledLora> loras, ObjectNode record) {

    private static final String CONVERSION = "sd15_conversion";
    private static final String SCHEDULER = "scheduler";
    private static final Map<Component, String> FILES = Map.of(
            Component.UNET, "diffusion_pytorch_model.safetensors",
            Component.VAE, "diffusion_pytorch_model.safetensors",
            Component.TEXT_ENCODER, "model.safetensors");

    void writeSingleFile(Path file) throws IOException {
        LdmExport export = dtype == null ? LdmExport.create() : LdmExport.in(dtype);
        VaeConfig vae = parts.vae();
        try (TensorFile unetTensors = tensors(Component.UNET);
                TensorFile vaeTensors = tensors(Component.VAE);
                TensorFile textTensors = tensors(Component.TEXT_ENCODER)) {
            for (TensorFile tensors : List.of(unetTensors, vaeTensors, textTensors)) {
                remarks(tensors).forEach(export::metadata);
            }
            for (Component component : Component.values()) {
                export.config(component.toString(), config(component));
            }
            export.config(SCHEDULER, parts.config(SCHEDULER))
                    .replace(Component.UNET, merged(Component.UNET, unetTensors))
                    .replace(Component.TEXT_ENCODER, merged(Component.TEXT_ENCODER, textTensors))
                    .unet(unetTensors, parts.unet())
                    .vae(vaeTensors, facts(vae))
                    .textEncoder(textTensors)
                    .write(file);
        }
    }

    private static VaeFacts facts(VaeConfig config) {
        return new VaeFacts(
                config.inChannels(),
                config.outChannels(),
                config.latentChannels(),
                config.blockOutChannels(),
                config.layersPerBlock());
    }

    /** The index comes last: it is what makes a folder a model. */
    void writeFolder(Path folder) throws IOException {
        for (Component component : Component.values()) {
            Path part = Files.createDirectories(folder.resolve(component.toString()));
            try (TensorFile tensors = tensors(component)) {
                new ComponentExport(parameters(component), tensors, merged(component, tensors), dtype, remarks(tensors))
                        .write(part.resolve(String.valueOf(FILES.get(component))));
            }
            ComponentExport.writeJson(part.resolve("config.json"), config(component));
        }
        ObjectNode scheduler = parts.config(SCHEDULER);
        ComponentExport.writeJson(folder.resolve(SCHEDULER).resolve("scheduler_config.json"), scheduler);
        String schedulerClass = scheduler.path("_class_name").asText("PNDMScheduler");
        ComponentExport.writeJson(
                folder.resolve(ModelFolder.INDEX), DiffusersConfigs.index(parts.unet(), schedulerClass));
    }

    /** How much the weights take in their new number format. */
    long bytes() throws IOException {
        long bytes = 0;
        for (Component component : Component.values()) {
            try (TensorFile tensors = tensors(component)) {
                for (ParameterSpec parameter : parameters(component)) {
                    TensorInfo info = tensors.info(parameter.name());
                    DType stored = dtype == null || !info.dtype().isFloating() ? info.dtype() : dtype;
                    bytes += new TensorInfo(parameter, stored).bytes();
                }
            }
        }
        return bytes;
    }

    private TensorFile tensors(Component component) throws IOException {
        TensorFile tensors = parts.tensors(component);
        ImportReport.of(tensors, parameters(component)).requireComplete();
        return tensors;
    }

    private List<ParameterSpec> parameters(Component component) throws IOException {
        return switch (component) {
            case UNET -> UNet.parameters(parts.unet());
            case VAE -> Vae.parameters(parts.vae());
            case TEXT_ENCODER -> ClipTextEncoder.parameters(parts.text());
        };
    }

    private Map<String, INDArray> merged(Component component, TensorFile tensors) {
        return switch (component) {
            case UNET -> merged(Model.UNET, tensors);
            case TEXT_ENCODER -> merged(Model.TEXT_ENCODER, tensors);
            case VAE -> Map.of();
        };
    }

    private Map<String, INDArray> merged(Model model, TensorFile tensors) {
        return ScaledLora.merge(loras, model, name -> tensors.load(name, DataType.FLOAT));
    }

    /** The configuration; transformers loads in the number format that it names. */
    private ObjectNode config(Component component) throws IOException {
        ObjectNode config = parts.config(component.toString()).deepCopy();
        for (String key : List.of("dtype", "torch_dtype")) {
            if (dtype != null && config.has(key)) {
                config.put(key, torchName(dtype));
            }
        }
        return config;
    }

    private static String torchName(DType dtype) {
        return switch (dtype) {
            case F16 -> "float16";
            case BF16 -> "bfloat16";
            default -> "float32";
        };
    }

    private Map<String, String> remarks(TensorFile tensors) {
        Map<String, String> remarks = new LinkedHashMap<>(tensors.metadata());
        remarks.keySet().removeIf(key -> key.startsWith("sd15_config_") || key.equals("format"));
        remarks.put(CONVERSION, record.toString());
        return remarks;
    }
}
