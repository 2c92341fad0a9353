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
import org.sd15.importer.ModelPart;
import org.sd15.importer.ldm.LdmExport;
import org.sd15.importer.ldm.VaeFacts;
import org.sd15.importer.lora.LoraModule;
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
    private static final Map<ModelPart, String> FILES = Map.of(
            ModelPart.UNET, "diffusion_pytorch_model.safetensors",
            ModelPart.VAE, "diffusion_pytorch_model.safetensors",
            ModelPart.TEXT_ENCODER, "model.safetensors");

    void writeSingleFile(Path file) throws IOException {
        LdmExport export = dtype == null ? LdmExport.create() : LdmExport.in(dtype);
        VaeConfig vae = parts.vae();
        try (TensorFile unetTensors = tensors(ModelPart.UNET);
                TensorFile vaeTensors = tensors(ModelPart.VAE);
                TensorFile textTensors = tensors(ModelPart.TEXT_ENCODER)) {
            for (TensorFile tensors : List.of(unetTensors, vaeTensors, textTensors)) {
                remarks(tensors).forEach(export::metadata);
            }
            for (ModelPart component : ModelPart.values()) {
                export.config(component.toString(), config(component));
            }
            export.config(SCHEDULER, parts.config(SCHEDULER))
                    .replace(ModelPart.UNET, merged(ModelPart.UNET, unetTensors))
                    .replace(ModelPart.TEXT_ENCODER, merged(ModelPart.TEXT_ENCODER, textTensors))
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
        for (ModelPart component : ModelPart.values()) {
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
        for (ModelPart component : ModelPart.values()) {
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

    private TensorFile tensors(ModelPart component) throws IOException {
        TensorFile tensors = parts.tensors(component);
        ImportReport.of(tensors, parameters(component)).requireComplete();
        return tensors;
    }

    private List<ParameterSpec> parameters(ModelPart component) throws IOException {
        return switch (component) {
            case UNET -> UNet.parameters(parts.unet());
            case VAE -> Vae.parameters(parts.vae());
            case TEXT_ENCODER -> ClipTextEncoder.parameters(parts.text());
        };
    }

    private Map<String, INDArray> merged(ModelPart component, TensorFile tensors) {
        return LoraModule.MODELS.contains(component)
                ? ScaledLora.merge(loras, component, name -> tensors.load(name, DataType.FLOAT))
                : Map.of();
    }

    /** The configuration; transformers loads in the number format that it names. */
    private ObjectNode config(ModelPart component) throws IOException {
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
