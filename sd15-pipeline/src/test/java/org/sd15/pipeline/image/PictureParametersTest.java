package org.sd15.pipeline.image;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.sd15.pipeline.image.PictureBytes.deflatedZeros;
import static org.sd15.pipeline.image.PictureBytes.header;
import static org.sd15.pipeline.image.PictureBytes.image;
import static org.sd15.pipeline.image.PictureBytes.png;
import static org.sd15.pipeline.image.PictureBytes.written;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.zip.DeflaterOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Pictures of the web UI, its kin and ComfyUI, made by rule: what they say of how they were made is read. */
class PictureParametersTest {

    private static final String LINE = "Steps: 20, Sampler: Euler a, CFG scale: 7, Seed: 42, Size: 512x768";

    @TempDir
    private Path folder;

    /** The line of values as several versions and extensions of the web UI write it. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ", Model hash: 7460a6fa",
                ", Model hash: 6ce0161689, Model: v1-5-pruned-emaonly, Clip skip: 2, ENSD: 31337",
                ", Denoising strength: 0.7, Hires upscale: 2, Hires steps: 10, Hires upscaler: Latent, Version: v1.6.0",
                ", Lora hashes: \"detail: 7c6bad76eb54, style: c2d7b1f9a1b2\", TI hashes: \"bad: 66a7279a88dd\"",
                ", Hires prompt: \"a, \\\"b\\\":\\nc\", Schedule type: Karras, VAE: x.pt, RNG: CPU, Version: f2.0.1",
                ", ControlNet 0: \"Module: canny, Weight: 1, Guidance Start/End: 0-1\", Template: \"{a|b}, c\"",
                ", AddNet Enabled: True, AddNet Weight A 1: 0.8, Face restoration: CodeFormer, Eta DDIM: 0.5"
            })
    void readsTheWebUisForms(String more) throws IOException {
        String prompt = "a cat, (black:1.2),\nsitting \"on\" a chair: red, blue";
        String text = prompt + "\nNegative prompt: ugly,\nblurry\n" + LINE + more;
        GenerationParameters read = PictureParameters.read(pngOf("tEXt", "parameters\0" + text, ISO_8859_1));
        assertThat(read.prompt()).isEqualTo(prompt);
        assertThat(read.negativePrompt()).isEqualTo("ugly,\nblurry");
        assertThat(read.values())
                .containsAllEntriesOf(
                        Map.of("Steps", "20", "Sampler", "Euler a", "CFG scale", "7", "Seed", "42", "Size", "512x768"));
        assertThat(read.values())
                .hasSize(5
                        + (int) WEB_UI_KEYS.stream()
                                .filter(key -> more.contains(", " + key + ": "))
                                .count());
    }

    private static final List<String> WEB_UI_KEYS = List.of(
            "Model hash",
            "Model",
            "Clip skip",
            "ENSD",
            "Denoising strength",
            "Hires upscale",
            "Hires steps",
            "Hires upscaler",
            "Version",
            "Lora hashes",
            "TI hashes",
            "Hires prompt",
            "Schedule type",
            "VAE",
            "RNG",
            "ControlNet 0",
            "Template",
            "AddNet Enabled",
            "AddNet Weight A 1",
            "Face restoration",
            "Eta DDIM");

    @Test
    void valuesInQuotesAreWhole() throws IOException {
        String text = "x\n" + LINE + ", Lora hashes: \"a: 1, b: 2\", Hires prompt: \"a, \\\"b\\\":\\nc\"";
        assertThat(PictureParameters.read(pngOf("tEXt", "parameters\0" + text, ISO_8859_1))
                        .values())
                .containsEntry("Lora hashes", "a: 1, b: 2")
                .containsEntry("Hires prompt", "a, \"b\":\nc");
    }

    /** Each kind of text chunk; Pillow writes the third where a text is not in Latin-1. */
    @Test
    void readsEveryKindOfTextChunk() throws IOException {
        String text = "größer\n" + LINE;
        GenerationParameters expected = GenerationParameters.parse(text);
        assertThat(PictureParameters.read(pngOf("tEXt", "parameters\0" + text, ISO_8859_1)))
                .isEqualTo(expected);
        assertThat(PictureParameters.read(pngOf("iTXt", "parameters\0\0\0\0\0" + text, UTF_8)))
                .isEqualTo(expected);
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        packed.writeBytes("parameters\0\0".getBytes(ISO_8859_1));
        try (DeflaterOutputStream out = new DeflaterOutputStream(packed)) {
            out.write(text.getBytes(ISO_8859_1));
        }
        assertThat(PictureParameters.read(pngOf("zTXt", packed.toByteArray()))).isEqualTo(expected);
    }

    private static final String GRAPH = """
            {"3": {"class_type": "KSampler", "inputs": {"seed": 7, "steps": 12, "cfg": 6.5, "sampler_name":
             "dpmpp_2m", "scheduler": "karras", "denoise": 1.0, "model": ["MODEL", 0], "positive": ["6", 0],
             "negative": ["7", 0], "latent_image": ["5", 0]}, "is_changed": NaN},
             "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "some.safetensors"}},
             "5": {"class_type": "EmptyLatentImage", "inputs": {"width": 640, "height": 384, "batch_size": 3}},
             "6": {"class_type": "CLIPTextEncode", "inputs": {"text": PROMPT, "clip": ["4", 1]}},
             "7": {"class_type": "CLIPTextEncode", "inputs": {"text": "a dog", "clip": ["4", 1]}},
             MORE
             "8": {"class_type": "VAEDecode", "inputs": {"samples": ["3", 0], "vae": ["4", 2]}}}""";

    private Path comfy(String model, String prompt, String more) throws IOException {
        String graph = GRAPH.replace("MODEL", model).replace("PROMPT", prompt).replace("MORE", more);
        return pngOf("tEXt", "prompt\0" + graph, ISO_8859_1);
    }

    @Test
    void readsAGraphOfComfyUi() throws IOException {
        GenerationParameters read = PictureParameters.read(comfy("4", "\"a cat,\\nNaN\"", ""));
        assertThat(read.prompt()).isEqualTo("a cat,\nNaN");
        assertThat(read.negativePrompt()).isEqualTo("a dog");
        assertThat(read.values())
                .isEqualTo(Map.of(
                        "Steps", "12",
                        "Sampler", "dpmpp_2m",
                        "Schedule type", "karras",
                        "CFG scale", "6.5",
                        "Seed", "7",
                        "Size", "640x384",
                        "Batch size", "3",
                        "Model", "some.safetensors"));
    }

    @Test
    void followsLinksAndNamesOtherNodes() throws IOException {
        String more = """
                "10": {"class_type": "LoraLoader", "inputs": {"lora_name": "x.safetensors", "strength_model": 0.7,
                 "model": ["4", 0]}},
                 "11": {"class_type": "PrimitiveString", "inputs": {"value": "a horse"}},
                 "12": {"class_type": "SaveImage", "inputs": {"filename_prefix": "out"}},""";
        GenerationParameters read = PictureParameters.read(comfy("10", "[\"11\", 0]", more));
        assertThat(read.prompt()).isEqualTo("a horse");
        assertThat(read.values())
                .containsEntry("Model", "some.safetensors")
                .containsEntry(
                        "ComfyUI nodes",
                        "LoraLoader (lora_name x.safetensors, strength_model 0.7); PrimitiveString (value a horse)");
    }

    @Test
    void aGraphThatCannotBeToldIsRefused() throws IOException {
        Path two = comfy("4", "[\"6\", 0]", """
                "20": {"class_type": "KSampler", "inputs": {"sampler_name": "euler", "steps": 3}},""");
        refuses(two, "its ComfyUI graph has KSampler and KSampler; how it was drawn can be told of one KSampler");
        refuses(pngOf("tEXt", "prompt\0{\"1\": {\"class_type\": \"SaveImage\"}}", ISO_8859_1), "has no KSampler");
        refuses(pngOf("tEXt", "prompt\0{\"1\": ", ISO_8859_1), "is no JSON");
        refuses(pngOf("tEXt", "prompt\0[]", ISO_8859_1), "no graph of ComfyUI");
        assertThat(PictureParameters.read(comfy("3", "[\"6\", 0]", "")).prompt()) // circles
                .isEmpty();
    }

    @Test
    void aPictureThatDoesNotSayIsRefused() throws IOException {
        refuses(pngOf("tIME", new byte[7]), "does not say how it was made: it has no texts");
        refuses(
                pngOf("tEXt", "Software\0NovelAI", ISO_8859_1),
                "no text \"parameters\" (web UI) or \"prompt\" (ComfyUI), only Software");
        refuses(
                pngOf("tEXt", "parameters\0{model=embedded, source=x, sampling=" + LINE + "}", ISO_8859_1),
                "was made by an editing command");
        byte[] plain = written(image(16, 16, BufferedImage.TYPE_INT_RGB), "jpg");
        refuses(Files.write(folder.resolve("plain.jpg"), plain), "has no Exif UserComment");
        refuses(Files.write(folder.resolve("text.png"), LINE.getBytes(UTF_8)), "not a picture that can be read");
        refuses(pngOf("zTXt", "parameters\0\0not deflated", ISO_8859_1), "a damaged picture");
    }

    private static void refuses(Path file, String message) {
        assertThatThrownBy(() -> PictureParameters.read(file))
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith(file + ": ")
                .hasMessageContaining(message)
                .satisfies(problem -> assertThat(problem.getMessage()).hasLineCount(1));
    }

    /** Pillow's {@code PngInfo.add_text} does the same. */
    @Test
    void writesTheOlderChunkWhereItCan() throws IOException {
        BufferedImage picture = image(8, 8, BufferedImage.TYPE_INT_RGB);
        for (String text : List.of("größer\n" + LINE, "星\n" + LINE)) {
            byte[] file = PngFile.encode(picture, Map.of("parameters", text));
            List<String> types = PngChunks.of(file).chunks().stream()
                    .map(PngChunks.Chunk::type)
                    .toList();
            assertThat(types).containsExactly("IHDR", text.startsWith("g") ? "tEXt" : "iTXt", "IDAT", "IEND");
            assertThat(PngChunks.pixelsOf(file)).isEqualTo(PngFile.encode(picture, Map.of()));
            assertThat(PngChunks.of(file).texts()).containsExactly(Map.entry("parameters", text));
        }
    }

    private Path pngOf(String type, String data, Charset charset) throws IOException {
        return pngOf(type, data.getBytes(charset));
    }

    private Path pngOf(String type, byte[] data) throws IOException {
        return Files.write(
                Files.createTempFile(folder, "picture", ".png"),
                png("IHDR", header(8, 8, 8, 0), type, data, "IDAT", deflatedZeros(72), "IEND", new byte[0]));
    }
}
