package org.sd15.pipeline.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.sd15.testing.Closeness.assertSameBits;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.attention.graph.ParameterSpec;
import org.sd15.importer.ModelFolder;
import org.sd15.importer.TensorFiles;
import org.sd15.importer.config.UNetConfigs;
import org.sd15.importer.io.ImportException;
import org.sd15.importer.ldm.LdmExport;
import org.sd15.importer.ldm.VaeFacts;
import org.sd15.importer.names.LegacyNames;
import org.sd15.importer.safetensors.SafetensorsWriter;
import org.sd15.importer.tensor.DType;
import org.sd15.importer.tensor.TensorFile;
import org.sd15.pipeline.ShapesModel;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.schedule.PndmScheduler;
import org.sd15.pipeline.text.ClipTextConfig;
import org.sd15.pipeline.text.ClipTextEncoder;
import org.sd15.pipeline.vae.Vae;
import org.sd15.pipeline.vae.VaeConfig;
import org.sd15.testing.Fixture;
import org.sd15.testing.Rule;
import org.sd15.unet.UNet;
import org.sd15.unet.UNetConfig;
import org.sd15.unet.UNetInput;

/** Models from one kind of files to the other and back. */
class ModelConversionTest {

    private static final Path FOREIGN = Fixture.resource("import", "foreign/diffusers");
    private static final Path SHAPES = Fixture.resource("sd15-pipeline", "shapes");
    private static final List<String> WEIGHTS = List.of(
            "unet/diffusion_pytorch_model.safetensors",
            "vae/diffusion_pytorch_model.safetensors",
            "text_encoder/model.safetensors");

    @TempDir
    private Path folder;

    private static JsonNode json(Path path) throws IOException {
        return new ObjectMapper().readTree(path.toFile());
    }

    /** Shapes and values; the order of a file is up to its writer, as is the prefix of the text encoder. */
    private static void assertSameTensors(Path actual, Path expected) throws IOException {
        try (TensorFile written = LegacyNames.normalise(TensorFiles.open(actual));
                TensorFile original = LegacyNames.normalise(TensorFiles.open(expected))) {
            assertThat(written.tensors()).isEqualTo(original.tensors());
            for (String name : original.tensors().keySet()) {
                assertThat(written.bytes(name)).as(name).isEqualTo(original.bytes(name));
            }
        }
    }

    private void assertNothingLeftAside() throws IOException {
        try (var files = Files.list(folder)) {
            assertThat(files.map(file -> file.getFileName().toString())).noneMatch(name -> name.endsWith(".tmp"));
        }
    }

    @Test
    void aFolderBecomesAFileAndAFolderAgainWithEveryBitAndSetting() throws IOException {
        Path single = folder.resolve("model.safetensors");
        Path again = folder.resolve("again");
        assertThat(ModelConversion.of(SHAPES).write(single))
                .containsExactly(single.toString(), folder.resolve("tokenizer").toString());
        assertThat(ModelConversion.of(single).write(again))
                .containsExactly(again.toString(), again.resolve("tokenizer").toString());
        for (String weights : WEIGHTS) {
            assertSameTensors(again.resolve(weights), SHAPES.resolve(weights));
        }
        for (String config : List.of(
                "unet/config.json", "vae/config.json", "text_encoder/config.json", "scheduler/scheduler_config.json")) {
            assertThat(json(again.resolve(config))).as(config).isEqualTo(json(SHAPES.resolve(config)));
        }
        assertThat(again.resolve("tokenizer/vocab.json"))
                .hasSameBinaryContentAs(SHAPES.resolve("tokenizer/vocab.json"));
        assertThat(ModelFolder.open(again).pipelineClass()).isEqualTo("StableDiffusionPipeline");
        assertNothingLeftAside();
    }

    /** Its heads, groups and scaling are not Stable Diffusion 1.5's; the file says so in its remarks. */
    @Test
    void theFileOfAnotherModelIsStillThatModel() throws Exception {
        Path single = folder.resolve("model.safetensors");
        ModelConversion.of(SHAPES).write(single);
        try (StableDiffusion actual = StableDiffusion.load(single);
                StableDiffusion expected = StableDiffusion.load(SHAPES)) {
            assertThat(actual.unet().config()).isEqualTo(expected.unet().config());
            assertThat(actual.vae().config()).isEqualTo(expected.vae().config());
            assertThat(actual.textEncoder().config())
                    .isEqualTo(expected.textEncoder().config());
            assertThat(actual.scheduler().config())
                    .isEqualTo(expected.scheduler().config());
            assertThat(actual.pictureSize()).isEqualTo(64);
            INDArray states = expected.encode(List.of(ShapesModel.CIRCLE), 0);
            assertSameBits("text states", actual.encode(List.of(ShapesModel.CIRCLE), 0), states);
            UNetInput input = UNetInput.of(ShapesModel.noise(), 500, states);
            assertSameBits(
                    "prediction", actual.unet().predict(input), expected.unet().predict(input));
        }
    }

    @Test
    void aCheckpointBecomesTheFolderThatDiffusersWouldRead() throws IOException {
        UNetConfig usual = UNetConfig.sd15();
        List<Integer> widths = List.of(32, 32, 32, 32);
        UNetConfig unet = new UNetConfig(
                4, 4, widths, usual.downBlockTypes(), usual.upBlockTypes(), 2, 8, 24, 32, usual.normEps(), false);
        VaeConfig vae = new VaeConfig(3, 3, 4, widths, 2, 32, VaeConfig.sd15().scalingFactor());
        ClipTextConfig text = new ClipTextConfig(50, 24, 48, 2, 12, 77, 1e-5);
        Path checkpoint = folder.resolve("checkpoint.safetensors");
        try (TensorFile unetTensors = rule("unet", UNet.parameters(unet));
                TensorFile vaeTensors = rule("vae", Vae.parameters(vae));
                TensorFile textTensors = rule("text", ClipTextEncoder.parameters(text))) {
            LdmExport.create()
                    .unet(unetTensors, unet)
                    .vae(vaeTensors, new VaeFacts(3, 3, 4, widths, 2))
                    .textEncoder(textTensors)
                    .write(checkpoint);
        }
        Path out = folder.resolve("out");
        assertThat(ModelConversion.of(checkpoint).write(out))
                .contains("no tokenizer: %s does not exist; put CLIP's vocab.json and merges.txt into %s"
                        .formatted(folder.resolve("tokenizer"), out.resolve("tokenizer")));
        assertSameTensors(out.resolve(WEIGHTS.get(0)), folder.resolve("unet.safetensors"));
        assertSameTensors(out.resolve(WEIGHTS.get(1)), folder.resolve("vae.safetensors"));
        assertSameTensors(out.resolve(WEIGHTS.get(2)), folder.resolve("text.safetensors"));
        try (ModelFiles files = ModelFiles.open(out);
                UNet readUnet = files.unet();
                Vae readVae = files.vae();
                ClipTextEncoder readText = files.textEncoder()) {
            assertThat(readUnet.config()).isEqualTo(unet);
            assertThat(UNetConfigs.read(out.resolve("unet/config.json"))).isEqualTo(unet);
            assertThat(readVae.config()).isEqualTo(vae);
            assertThat(readText.config()).isEqualTo(text);
            assertThat(files.scheduler()).isInstanceOf(PndmScheduler.class);
            assertThat(files.scheduler().config().stepsOffset()).isEqualTo(1);
        }
        assertThat(json(out.resolve("unet/config.json")).path("sample_size").asInt())
                .isEqualTo(64);
        assertThat(json(out.resolve("vae/config.json")).path("sample_size").asInt())
                .isEqualTo(512);
    }

    private TensorFile rule(String name, List<ParameterSpec> parameters) throws IOException {
        Path path = folder.resolve(name + ".safetensors");
        SafetensorsWriter writer = SafetensorsWriter.create();
        parameters.forEach(
                spec -> writer.add(spec.name(), Rule.tensor(spec.name(), DataType.FLOAT, spec.shape()), DType.F32));
        writer.write(path);
        return TensorFiles.open(path);
    }

    @Test
    void remarksOfTheOriginalStay() throws IOException {
        Path model = folder.resolve("model");
        ModelConversion.of(FOREIGN).write(model);
        Path weights = model.resolve(WEIGHTS.get(0));
        try (TensorFile file = TensorFiles.open(weights)) {
            SafetensorsWriter.create()
                    .metadata("sd15_training", "{\"seed\":7}")
                    .addAll(file)
                    .write(weights);
        }
        Path single = folder.resolve("model.safetensors");
        ModelConversion.of(model).write(single);
        try (TensorFile file = TensorFiles.open(single)) {
            assertThat(file.metadata())
                    .containsEntry("sd15_training", "{\"seed\":7}")
                    .containsEntry("format", "pt")
                    .containsKeys("sd15_config_unet", "sd15_config_vae", "sd15_config_scheduler");
        }
    }

    @Test
    void whatCannotBeConvertedIsRefusedAndLeavesNothing() throws IOException {
        Path taken = Files.createDirectory(folder.resolve("taken"));
        Files.writeString(taken.resolve("note.txt"), "mine");
        assertThatThrownBy(() -> ModelConversion.of(FOREIGN).write(taken))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll(taken.toString(), "is there already");
        Path named = Files.createDirectory(folder.resolve("folder.safetensors"));
        assertThatThrownBy(() -> ModelConversion.of(FOREIGN).write(named))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("is a folder");
        assertThatThrownBy(() -> ModelConversion.of(FOREIGN).write(folder.resolve("no/where")))
                .isInstanceOf(NoSuchFileException.class);
        Path lora = Fixture.resource("import", "lora/peft.safetensors");
        assertThatThrownBy(() -> ModelConversion.of(FOREIGN).lora(lora, 1).write(folder.resolve("out")))
                .isInstanceOf(ImportException.class)
                .hasMessageContaining(lora.toString());
        assertThatThrownBy(() -> ModelConversion.of(lora).write(folder.resolve("out")))
                .isInstanceOf(ImportException.class)
                .hasMessageContaining("is no single-file checkpoint");
        assertThat(folder.resolve("out")).doesNotExist();
        assertNothingLeftAside();
        Path empty = Files.createDirectory(folder.resolve("empty"));
        ModelConversion.of(FOREIGN).write(empty);
        assertThat(empty.resolve("model_index.json")).exists();
    }
}
