package org.sd15.importer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.sd15.importer.config.ConfigReader;
import org.sd15.importer.io.ImportException;
import org.sd15.importer.io.ModelChoice;
import org.sd15.importer.tensor.DType;
import org.sd15.importer.tensor.TensorFile;
import org.sd15.unet.UNet;

class ModelFolderTest {

    private static final Path DIFFUSERS = Foreign.path("diffusers");

    @TempDir
    private Path folder;

    /** A component's folder with empty files of the given names. */
    private ComponentFolder component(String... names) throws IOException {
        for (String name : names) {
            Files.createFile(folder.resolve(name));
        }
        return new ComponentFolder(folder);
    }

    @Test
    void listsTheComponentsThatTheModelHas() throws IOException {
        ModelFolder model = ModelFolder.open(DIFFUSERS);
        assertThat(model.pipelineClass()).isEqualTo("StableDiffusionPipeline");
        assertThat(model.components().keySet())
                .containsExactly("text_encoder", "tokenizer", "scheduler", "unet", "vae");
        assertThat(model.components()).containsEntry("scheduler", "PNDMScheduler");
    }

    @Test
    void opensTheUNet() throws IOException {
        ModelFolder model = ModelFolder.open(DIFFUSERS);
        try (CheckpointWeights weights = model.component("unet").weights()) {
            weights.check(UNet.parameters(model.unetConfig())).requireComplete();
        }
    }

    @Test
    void givesTheTextEncodersTensorsTheirPrefix() throws IOException {
        try (TensorFile file =
                ModelFolder.open(DIFFUSERS).component("text_encoder").tensors()) {
            assertThat(file.tensors()).containsKey("text_model.embeddings.token_embedding.weight");
        }
    }

    @Test
    void findsTheConfigurationOfAScheduler() throws IOException {
        ConfigReader config = ModelFolder.open(DIFFUSERS).component("scheduler").config();
        assertThat(config.number("beta_start", 0)).isEqualTo(0.00085);
        assertThat(config.file()).hasFileName("scheduler_config.json");
    }

    @Test
    void saysWhichComponentsThereAre() throws IOException {
        ModelFolder model = ModelFolder.open(DIFFUSERS);
        assertThatThrownBy(() -> model.component("safety_checker"))
                .isInstanceOf(ImportException.class)
                .hasMessageContainingAll("model_index.json", "no component safety_checker", "text_encoder, tokenizer");
        assertThatThrownBy(() -> model.component("tokenizer"))
                .isInstanceOf(ImportException.class)
                .hasMessageContainingAll(
                        "tokenizer: no such folder", "there is model_index.json, scheduler, text_encoder");
    }

    @Test
    void saysWhatIsThereInsteadOfAModel() throws IOException {
        assertThatThrownBy(() -> ModelFolder.open(folder))
                .isInstanceOf(ImportException.class)
                .hasMessageContainingAll(folder.toString(), "no model_index.json", "empty");
        Files.createFile(folder.resolve("config.json"));
        assertThatThrownBy(() -> ModelFolder.open(folder)).hasMessageContaining("there is config.json");
        assertThatThrownBy(() -> ModelFolder.open(folder.resolve("lost"))).hasMessageContaining("no such folder");
    }

    @ParameterizedTest
    @ValueSource(strings = {"../unet", "/unet", "a/b", ".."})
    void keepsComponentsWithinTheFolder(String name) throws IOException {
        Files.writeString(folder.resolve("model_index.json"), "{\"%s\": [\"diffusers\", \"X\"]}".formatted(name));
        assertThatThrownBy(() -> ModelFolder.open(folder))
                .isInstanceOf(ImportException.class)
                .hasMessageContainingAll("model_index.json", "\"" + name + "\"", "not the name of a folder");
    }

    @Test
    void saysThatAConfigurationIsMissing() throws IOException {
        ComponentFolder component = component("model.safetensors");
        assertThatThrownBy(component::config)
                .hasMessageContainingAll("has no config.json", "there is model.safetensors");
    }

    /** Each row: what is there, and which of it is read. */
    @ParameterizedTest
    @CsvSource({
        "diffusion_pytorch_model.bin diffusion_pytorch_model.safetensors, diffusion_pytorch_model.safetensors",
        "pytorch_model.bin model.safetensors, model.safetensors",
        "pytorch_model.bin, pytorch_model.bin",
        "diffusion_pytorch_model.safetensors diffusion_pytorch_model.fp16.safetensors, diffusion_pytorch_model.safetensors",
        "diffusion_pytorch_model.fp16.safetensors, diffusion_pytorch_model.fp16.safetensors",
        "model.fp16.safetensors pytorch_model.fp16.bin, model.fp16.safetensors",
        "diffusion_pytorch_model.bin diffusion_pytorch_model.fp16.safetensors, diffusion_pytorch_model.bin",
        "model.safetensors.index.json model-00001-of-00002.safetensors, model.safetensors.index.json",
        "model.safetensors.index.fp16.json model.fp16-00001-of-00002.safetensors, model.safetensors.index.fp16.json",
        "pytorch_model.bin.index.json pytorch_model-00001-of-00002.bin, pytorch_model.bin.index.json",
        "model.safetensors diffusion_pytorch_model.fp16.safetensors, diffusion_pytorch_model.fp16.safetensors",
        "model.safetensors diffusion_pytorch_model.bin, diffusion_pytorch_model.bin",
        "model.safetensors.fp16.index.json model-00001-of-00002.fp16.safetensors, model.safetensors.fp16.index.json",
    })
    void choosesTheFileOfWeights(String names, String chosen) throws IOException {
        component(names.split(" "));
        assertThat(WeightFile.in(folder)).hasFileName(chosen);
    }

    @Test
    void choosesAVariant() throws IOException {
        component("model.safetensors", "model.fp16.safetensors", "model.non_ema.safetensors");
        assertThat(WeightFile.in(folder, "fp16")).hasFileName("model.fp16.safetensors");
        assertThatThrownBy(() -> WeightFile.in(folder, "fp8"))
                .isInstanceOf(ImportException.class)
                .hasMessageContainingAll("variant fp8", "there is model.fp16.safetensors, model.non_ema.safetensors");
    }

    /** As diffusers' pipelines do, which ask each component for the variant and take what else there is where it has none. */
    @ParameterizedTest
    @CsvSource({
        "fp16, model.safetensors model.fp16.safetensors, model.fp16.safetensors, fp16",
        "fp16, model.safetensors model.fp16.bin pytorch_model.fp16.bin, pytorch_model.fp16.bin, fp16",
        "fp16, model.safetensors, model.safetensors, ",
        "fp16, model.non_ema.safetensors, model.non_ema.safetensors, non_ema",
        "non_ema, model.ema.safetensors model.non_ema.safetensors, model.non_ema.safetensors, non_ema",
        ", model.safetensors model.non_ema.safetensors, model.safetensors, ",
        ", model.fp16.safetensors, model.fp16.safetensors, fp16",
    })
    void aComponentHasAVariantOrNot(String wanted, String names, String chosen, String variant) throws IOException {
        component(names.split(" "));
        assertThat(WeightFile.choose(folder, wanted)).isEqualTo(new WeightFile.Choice(folder.resolve(chosen), variant));
        assertThat(new ComponentFolder(folder, wanted).variantOfTensors()).isEqualTo(Optional.ofNullable(variant));
    }

    @Test
    void aModelHasTheVariantsOfItsComponents() throws IOException {
        Files.writeString(folder.resolve("model_index.json"), """
                {"unet": ["diffusers", "UNet2DConditionModel"], "vae": ["diffusers", "AutoencoderKL"]}""");
        Path unet = Files.createDirectories(folder.resolve("unet"));
        Path vae = Files.createDirectories(folder.resolve("vae"));
        assertThatThrownBy(() -> ModelFolder.open(folder).variant("fp16"))
                .isInstanceOf(ImportException.class)
                .hasMessage(folder + ": has no weights of variant fp16; it has no variants");
        Files.createFile(unet.resolve("diffusion_pytorch_model.non_ema.safetensors"));
        Files.createFile(vae.resolve("diffusion_pytorch_model.fp16.safetensors"));
        assertThatThrownBy(() -> ModelFolder.open(folder).variant("fp32"))
                .hasMessage(folder + ": has no weights of variant fp32; it has fp16, non_ema");
        ModelFolder model = ModelFolder.open(folder).variant("fp16");
        assertThat(model.component("vae").variantOfTensors()).contains("fp16");
        assertThat(model.component("unet").variantOfTensors()).contains("non_ema");
    }

    /** The error is for callers in Java; commands have an option for the same choice. */
    @Test
    void whatCanBeChosenIsToldInJava() throws IOException {
        Path unet = Files.createDirectories(folder.resolve("unet"));
        Files.createFile(unet.resolve("diffusion_pytorch_model.non_ema.safetensors"));
        Files.createFile(unet.resolve("diffusion_pytorch_model.fp16.safetensors"));
        String problem = unet + ": has weights in the variants fp16, non_ema only";
        assertThatThrownBy(() -> WeightFile.in(unet))
                .hasMessage(problem + "; choose one of them with variant(name)")
                .isInstanceOfSatisfying(ImportException.class, told -> {
                    assertThat(told.problem()).isEqualTo(problem);
                    assertThat(told.remedy()).contains(ModelChoice.VARIANT);
                });
        assertThatThrownBy(() -> WeightFile.in(folder))
                .isInstanceOfSatisfying(
                        ImportException.class, told -> assertThat(told.remedy()).isEmpty());
    }

    @Test
    void doesNotChooseBetweenVariants() throws IOException {
        component("model.fp16.safetensors", "model.non_ema.safetensors");
        assertThatThrownBy(() -> WeightFile.in(folder))
                .isInstanceOf(ImportException.class)
                .hasMessageContainingAll("fp16, non_ema", "choose one");
        assertThat(WeightFile.find(folder)).isEmpty();
    }

    @Test
    void listsWhatIsThereInsteadOfWeights() throws IOException {
        component("config.json", "flax_model.msgpack");
        assertThatThrownBy(() -> WeightFile.in(folder))
                .isInstanceOf(ImportException.class)
                .hasMessageContainingAll("has no weights", "there is config.json, flax_model.msgpack");
        for (int i = 0; i < 30; i++) {
            Files.createFile(folder.resolve("x" + i));
        }
        assertThatThrownBy(() -> WeightFile.in(folder)).hasMessageContaining("and 12 more");
    }

    @Test
    void readsAVariant() throws IOException {
        Files.copy(Foreign.path("unet-bf16.safetensors"), folder.resolve("diffusion_pytorch_model.bf16.safetensors"));
        try (TensorFile file = new ComponentFolder(folder).tensors("bf16")) {
            assertThat(file.tensors().values()).hasSize(684).allMatch(tensor -> tensor.dtype() == DType.BF16);
        }
    }

    @Test
    void readsAFolderOfShards() throws IOException {
        ShardedTensorsTest.split(folder);
        try (CheckpointWeights weights = new ComponentFolder(folder).weights()) {
            weights.check(UNet.parameters(ModelFolder.open(DIFFUSERS).unetConfig()))
                    .requireComplete();
            assertThat(List.copyOf(weights.file().tensors().keySet())).hasSize(684);
        }
    }
}
