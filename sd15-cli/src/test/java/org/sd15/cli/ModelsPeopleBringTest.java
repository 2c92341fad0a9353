package org.sd15.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.sd15.importer.TensorFiles;
import org.sd15.importer.safetensors.SafetensorsWriter;
import org.sd15.importer.tensor.TensorFile;
import org.sd15.importer.tensor.TensorSource;
import org.sd15.pipeline.model.ModelFiles;
import org.sd15.pipeline.schedule.PredictionType;
import org.sd15.pipeline.schedule.Scheduler;
import org.sd15.testing.Fixture;

/** Folders and files of models as people have them: read as diffusers reads them, or refused in one line. */
class ModelsPeopleBringTest {

    private static final Path SHAPES = Fixture.resource("sd15-pipeline", "shapes");
    private static final String SCHEDULER = "scheduler/scheduler_config.json";
    private static final String WEIGHTS = "unet/diffusion_pytorch_model";

    @TempDir
    private Path folder;

    private int copies;

    private Path copy() throws IOException {
        Path model = folder.resolve("model-" + copies++);
        ModelChoiceTest.copy(SHAPES, model);
        return model;
    }

    /** A model with more keys, or other values, in a configuration. */
    private Path with(String file, String keys) throws IOException {
        Path model = copy();
        ObjectMapper json = new ObjectMapper();
        ObjectNode root = (ObjectNode) json.readTree(model.resolve(file).toFile());
        JsonNode more = json.readTree("{" + keys + "}");
        root.setAll((ObjectNode) more);
        Files.writeString(model.resolve(file), root.toPrettyString().replace("\"Infinity\"", "Infinity"));
        return model;
    }

    private Path rewritten(String file, String before, String after) throws IOException {
        Path model = copy();
        String text = Files.readString(model.resolve(file));
        assertThat(text).contains(before);
        Files.writeString(model.resolve(file), text.replace(before, after));
        return model;
    }

    /** Reads all configurations, and all weights if these are what it is about. */
    private static Scheduler read(Path model, boolean weights) throws IOException {
        try (ModelFiles files = ModelFiles.open(model)) {
            files.unetConfig();
            files.textConfig();
            files.vaeConfig();
            files.tokenizer();
            if (weights) {
                files.components();
            }
            return files.scheduler();
        }
    }

    private static void config(Path model) throws IOException {
        read(model, false);
    }

    private static void weights(Path model) throws IOException {
        read(model, true);
    }

    @TestFactory
    Stream<DynamicTest> configurations() {
        return new Brought()
                .reads("a UNet saved by EMAModel", () -> config(with("unet/config.json", """
                        "decay": 0.9999, "inv_gamma": 1.0, "min_decay": 0.0, "optimization_step": 15000, "power": 0.6666666666666666,
                        "update_after_step": 0, "use_ema_warmup": false, "_use_default_values": ["attention_type", "dropout"]""")))
                .reads("a text encoder saved by transformers 5", () -> config(with("text_encoder/config.json", """
                        "dtype": "float16", "architectures": ["CLIPTextModel"], "transformers_version": "5.23.0", "bos_token_id": 0,
                        "eos_token_id": 2, "attention_dropout": 0.0, "initializer_factor": 1.0, "initializer_range": 0.02""")))
                .reads("a text encoder saved by transformers 4.22", () -> config(with("text_encoder/config.json", """
                        "torch_dtype": "float32", "transformers_version": "4.22.0.dev0", "dropout": 0.0, "projection_dim": 768,
                        "_name_or_path": "openai/clip-vit-large-patch14\"""")))
                .reads("an autoencoder with all keys of today", () -> config(with("vae/config.json", """
                        "force_upcast": true, "latents_mean": null, "latents_std": null, "shift_factor": null, "use_quant_conv": true,
                        "use_post_quant_conv": true, "mid_block_add_attention": true, "_name_or_path": "stabilityai/sd-vae-ft-mse\"""")))
                .refuses(
                        "the autoencoder of another family",
                        () -> config(with("vae/config.json", "\"shift_factor\": 0.1159")),
                        "vae/config.json: ",
                        "shift_factor is 0.1159")
                .reads(
                        "a safety checker's and a feature extractor's entry",
                        () -> config(with("model_index.json", """
                        "safety_checker": ["stable_diffusion", "StableDiffusionSafetyChecker"], "feature_extractor":
                        ["transformers", "CLIPImageProcessor"], "image_encoder": [null, null], "requires_safety_checker": true""")))
                .reads("a limit of tokens that is a thousand times the universe's age", () -> {
                    Path model = copy();
                    Files.writeString(
                            model.resolve("tokenizer/tokenizer_config.json"),
                            "{\"model_max_length\": 1000000000000000019884624838656, \"errors\": \"replace\", \"tokenizer_class\":"
                                    + " \"CLIPTokenizerFast\", \"do_lower_case\": true}");
                    config(model);
                })
                .refuses(
                        "a comma too many",
                        () -> config(rewritten(SCHEDULER, "\n}", ",\n}")),
                        "scheduler/scheduler_config.json")
                .reads("a configuration saved by Notepad", () -> {
                    Path model = copy();
                    Path file = model.resolve("unet/config.json");
                    Files.writeString(file, "\uFEFF" + Files.readString(file).replace("\n", "\r\n"));
                    config(model);
                })
                .tests();
    }

    @TestFactory
    Stream<DynamicTest> schedulers() {
        return new Brought()
                .reads("trained_betas: null", () -> config(with(SCHEDULER, "\"trained_betas\": null")))
                .reads(
                        "prediction_type: v_prediction",
                        () -> assertThat(read(with(SCHEDULER, "\"prediction_type\": \"v_prediction\""), false)
                                        .config()
                                        .predictionType())
                                .isEqualTo(PredictionType.V_PREDICTION))
                .says(
                        "clip_sample: true",
                        "clip_sample is true",
                        () -> assertThat(read(with(SCHEDULER, "\"clip_sample\": true"), false)
                                        .config()
                                        .clipSample())
                                .isFalse())
                .says(
                        "steps_offset: 0",
                        "steps_offset is 0",
                        () -> assertThat(read(with(SCHEDULER, "\"steps_offset\": 0"), false)
                                        .config()
                                        .stepsOffset())
                                .isEqualTo(1))
                .refuses(
                        "thresholding: true",
                        () -> config(with(SCHEDULER, "\"_class_name\": \"DDIMScheduler\", \"thresholding\": true")),
                        "scheduler_config.json",
                        "thresholding")
                .reads(
                        "Infinity as Python writes it",
                        () -> config(
                                with(SCHEDULER, "\"sample_max_value\": \"Infinity\", \"lambda_min_clipped\": -5.1")))
                .says(
                        "a scheduler of someone's own",
                        "there is no scheduler \"MyScheduler\" here",
                        () -> config(with(SCHEDULER, "\"_class_name\": \"MyScheduler\", \"my_key\": [1, {}]")))
                .refuses(
                        "flow matching",
                        () -> config(with(SCHEDULER, "\"_class_name\": \"FlowMatchEulerDiscreteScheduler\"")),
                        "FlowMatchEulerDiscreteScheduler",
                        "models of another kind")
                .tests();
    }

    private Path withIndex(String metadata) throws IOException {
        Path model = copy();
        Path whole = model.resolve(WEIGHTS + ".safetensors");
        Path shard = Files.move(whole, model.resolve(WEIGHTS + "-00001-of-00001.safetensors"));
        try (TensorFile file = TensorFiles.open(shard)) {
            ObjectNode map = new ObjectMapper().createObjectNode();
            file.tensors().keySet().forEach(name -> map.put(name, String.valueOf(shard.getFileName())));
            Files.writeString(
                    Path.of(whole + ".index.json"), "{%s\"weight_map\": %s}".formatted(metadata, map.toString()));
        }
        return model;
    }

    private Path withRemarks() throws IOException {
        Path model = copy();
        Path path = model.resolve(WEIGHTS + ".safetensors");
        Path other = folder.resolve("other-" + copies + ".safetensors");
        try (TensorFile file = TensorFiles.open(path)) {
            SafetensorsWriter writer = SafetensorsWriter.create()
                    .metadata("modelspec.title", "my \u0001 \uD83D\uDE00 model")
                    .metadata("ss_tag_frequency", "{\"10_cat\": 1}".repeat(20_000));
            file.tensors().keySet().forEach(name -> writer.add(TensorSource.copy(file, name)));
            writer.write(other);
        }
        Files.move(other, path, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        return model;
    }

    @TestFactory
    Stream<DynamicTest> filesOfWeights() {
        return new Brought()
                .reads("an index without metadata", () -> weights(withIndex("")))
                .reads(
                        "an index with a type and a size in words",
                        () -> weights(
                                withIndex("\"metadata\": {\"total_size\": \"6 MB\", \"dtype\": \"torch.bfloat16\"}, ")))
                .reads("much metadata", () -> weights(withRemarks()))
                .says(
                        "model.safetensors beside diffusion_pytorch_model.fp16.safetensors",
                        "unet: the weights are read of the variant fp16",
                        () -> {
                            Path model = copy();
                            Files.move(
                                    model.resolve(WEIGHTS + ".safetensors"),
                                    model.resolve(WEIGHTS + ".fp16.safetensors"));
                            Files.writeString(model.resolve("unet/model.safetensors"), "nothing");
                            weights(model);
                        })
                .refuses(
                        "model_index.json in the place of its folder",
                        () -> config(copy().resolve("model_index.json")),
                        "model_index.json")
                .refuses("a UNet's folder in the place of a model", () -> config(copy().resolve("unet")), "unet")
                .refuses(
                        "a UNet's weights in the place of a model",
                        () -> weights(copy().resolve(WEIGHTS + ".safetensors")),
                        "diffusion_pytorch_model.safetensors")
                .refuses(
                        "a LoRA in the place of a model",
                        () -> config(Fixture.resource("import", "lora").resolve("kohya.safetensors")),
                        "kohya.safetensors")
                .tests();
    }
}
