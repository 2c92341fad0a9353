package org.sd15.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;
import org.sd15.importer.embedding.EmbeddingFile;
import org.sd15.importer.embedding.TextualInversion;
import org.sd15.importer.lora.LoraWeights;
import org.sd15.importer.safetensors.SafetensorsWriter;
import org.sd15.importer.tensor.DType;
import org.sd15.pipeline.model.ModelFiles;
import org.sd15.testing.Fixture;
import org.sd15.testing.Rule;

/** LoRAs and learnt words as people have them: read as others read them, or refused in one line. */
class AdditionsPeopleBringTest {

    private static final Path SHAPES = Fixture.resource("sd15-pipeline", "shapes");
    private static final String BLOCK = "down_blocks.1.attentions.0.transformer_blocks.0.attn1.";
    private static final String KOHYA = "lora_unet_down_blocks_1_attentions_0_transformer_blocks_0_attn1_";

    @TempDir
    private static Path folder;

    private static ModelFiles model;
    private static long width;

    @BeforeAll
    static void openAModel() throws IOException {
        model = ModelFiles.open(SHAPES);
        width = model.unetConfig().blockOutChannels().get(1);
    }

    @AfterAll
    static void close() throws IOException {
        model.close();
    }

    /** A file of tensors, whose names have their shapes. */
    private static Path file(String name, Map<String, long[]> tensors, Map<String, String> metadata)
            throws IOException {
        SafetensorsWriter writer = SafetensorsWriter.create().metadata(metadata);
        tensors.forEach((tensor, shape) -> writer.add(tensor, Rule.input(tensor, DataType.FLOAT, shape), DType.F32));
        Path path = folder.resolve(name);
        writer.write(path);
        return path;
    }

    private static Map<String, long[]> kohya(String module) {
        return Map.of(
                KOHYA + module + ".lora_down.weight", new long[] {2, width},
                KOHYA + module + ".lora_up.weight", new long[] {width, 2},
                KOHYA + module + ".alpha", new long[0]);
    }

    private static Map<String, long[]> peft(String module) {
        return Map.of(
                "unet." + BLOCK + module + ".lora_A.weight", new long[] {2, width},
                "unet." + BLOCK + module + ".lora_B.weight", new long[] {width, 2});
    }

    private static Map<String, long[]> both(Map<String, long[]> one, Map<String, long[]> other) {
        Map<String, long[]> both = new java.util.TreeMap<>(one);
        both.putAll(other);
        return both;
    }

    @TestFactory
    Stream<DynamicTest> loras() {
        return new Brought()
                .reads("kohya's and PEFT's names in one file", () -> {
                    LoraWeights lora =
                            model.readLora(file("mixed.safetensors", both(kohya("to_q"), peft("to_k")), Map.of()));
                    assertThat(lora.layers().keySet().stream().map(module -> module.path()))
                            .containsExactlyInAnyOrder(BLOCK + "to_q", BLOCK + "to_k");
                })
                .refuses(
                        "the same module under kohya's and PEFT's names",
                        () -> model.readLora(file("twice.safetensors", both(kohya("to_q"), peft("to_q")), Map.of())),
                        "twice.safetensors",
                        BLOCK + "to_q")
                .reads("what a model of PEFT calls an adapter of a user's, and its first one", () -> {
                    Map<String, long[]> named = new java.util.TreeMap<>();
                    peft("to_q")
                            .forEach((name, shape) -> named.put(name.replace(".weight", ".my-style_1.weight"), shape));
                    peft("to_k").forEach((name, shape) -> named.put(name.replace(".weight", ".default.weight"), shape));
                    LoraWeights lora = model.readLora(file("named.safetensors", named, Map.of()));
                    assertThat(lora.layers().keySet().stream().map(module -> module.path()))
                            .containsExactlyInAnyOrder(BLOCK + "to_q", BLOCK + "to_k");
                })
                .refuses(
                        "two adapters in one file",
                        () -> {
                            Map<String, long[]> named = new java.util.TreeMap<>(peft("to_q"));
                            peft("to_q")
                                    .forEach((name, shape) -> named.put(name.replace(".weight", ".two.weight"), shape));
                            model.readLora(file("two.safetensors", named, Map.of()));
                        },
                        "two.safetensors",
                        BLOCK + "to_q")
                .reads("LyCORIS's own prefix, with ComfyUI's short extension", () -> {
                    Map<String, long[]> renamed = new java.util.TreeMap<>();
                    kohya("to_q").forEach((name, shape) -> renamed.put(name.replace("lora_unet_", "lycoris_"), shape));
                    LoraWeights lora = model.readLora(file("lycoris.sft", renamed, Map.of()));
                    assertThat(lora.layers().keySet().stream().map(module -> module.path()))
                            .containsExactly(BLOCK + "to_q");
                })
                .reads(
                        "an upper-case extension",
                        () -> model.readLora(file("LORA.SAFETENSORS", kohya("to_q"), Map.of())))
                .reads(
                        "kohya's metadata",
                        () -> model.readLora(file(
                                "remarks.safetensors",
                                kohya("to_q"),
                                Map.of(
                                        "ss_network_alpha", "None",
                                        "ss_network_args", "{\"conv_dim\": \"4\"}",
                                        "ss_tag_frequency", "{\"10_cat\": 1}".repeat(20_000),
                                        "sshs_model_hash", ""))))
                .refuses(
                        "a LoRA for SDXL",
                        () -> model.readLora(file(
                                "xl.safetensors",
                                both(
                                        Map.of(
                                                "lora_te2_text_model_encoder_layers_31_mlp_fc1.lora_down.weight",
                                                new long[] {2, 1280},
                                                "lora_te2_text_model_encoder_layers_31_mlp_fc1.lora_up.weight",
                                                new long[] {5120, 2}),
                                        kohya("to_q")),
                                Map.of())),
                        "xl.safetensors",
                        "lora_te2_text_model_encoder_layers_31_mlp_fc1")
                .refuses(
                        "a learnt word in the place of a LoRA",
                        () -> model.readLora(Fixture.resource("import", "lora").resolve("embedding_1.safetensors")),
                        "embedding_1.safetensors")
                .refuses(
                        "a whole UNet in the place of a LoRA",
                        () -> model.readLora(SHAPES.resolve("unet/diffusion_pytorch_model.safetensors")),
                        "diffusion_pytorch_model.safetensors")
                .refuses(
                        "a folder without a LoRA",
                        () -> model.readLora(SHAPES.resolve("unet")),
                        "is a folder without a LoRA")
                .refuses(
                        "a model of llama.cpp's kind",
                        () -> model.readLora(Files.writeString(folder.resolve("model.gguf"), "GGUF\3\0\0\0")),
                        "model.gguf: is not a checkpoint: it begins with \"GGUF")
                .refuses(
                        "a LoRA with scales of eight bits",
                        () -> model.readLora(file(
                                "scaled.safetensors",
                                both(kohya("to_q"), Map.of(KOHYA + "to_q.scale_weight", new long[0])),
                                Map.of())),
                        "scaled.safetensors",
                        "to_q.scale_weight")
                .refuses(
                        "a page of a hub that was saved in the place of its file",
                        () -> model.readLora(Files.writeString(
                                folder.resolve("page.safetensors"), "<!DOCTYPE html><html><head></head></html>")),
                        "page.safetensors: is not a checkpoint: it begins with \"<!DOCT")
                .refuses(
                        "Git's pointer to a large file",
                        () -> model.readLora(Files.writeString(
                                folder.resolve("pointer.safetensors"),
                                "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 132\n")),
                        "pointer.safetensors",
                        "Git LFS")
                .tests();
    }

    private static Path word(String file, String tensor, long... shape) throws IOException {
        return file(file, Map.of(tensor, shape), Map.of());
    }

    private static void loads(Path word) throws IOException {
        try (ModelFiles files = ModelFiles.open(SHAPES)) {
            files.embedding(word).tokenizer();
            files.textEncoder().close();
        }
    }

    @TestFactory
    Stream<DynamicTest> learntWords() {
        return new Brought()
                .reads("a word named by its file, which has spaces", () -> {
                    Path file = word("my  old style (v2).safetensors", "emb_params", 2, 128);
                    TextualInversion word = EmbeddingFile.read(file);
                    assertThat(word.token()).isEqualTo("my  old style (v2)");
                    try (ModelFiles files = ModelFiles.open(SHAPES)) {
                        var tokenizer = files.embedding(file).tokenizer();
                        assertThat(tokenizer
                                        .encode("a my  old style (v2) circle")
                                        .ids())
                                .as("start, a, two vectors, circle, end")
                                .hasSize(6);
                    }
                })
                .reads(
                        "an upper-case extension",
                        () -> assertThat(EmbeddingFile.read(word("STYLE.SAFETENSORS", "emb_params", 2, 128))
                                        .token())
                                .isEqualTo("STYLE"))
                .refuses(
                        "a word of Stable Diffusion 2",
                        () -> loads(word("sd2.safetensors", "emb_params", 2, 1024)),
                        "1024",
                        "128")
                .refuses(
                        "a word of SDXL",
                        () -> EmbeddingFile.read(file(
                                "xl-word.safetensors",
                                Map.of("clip_l", new long[] {2, 768}, "clip_g", new long[] {2, 1280}),
                                Map.of())),
                        "xl-word.safetensors",
                        "clip_g")
                .refuses(
                        "a LoRA in the place of a word",
                        () -> EmbeddingFile.read(
                                Fixture.resource("import", "lora").resolve("kohya.safetensors")),
                        "kohya.safetensors: has 612 tensors, for instance ",
                        "; the file of a learnt word has one")
                .tests();
    }
}
