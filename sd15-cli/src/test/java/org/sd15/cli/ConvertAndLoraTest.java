package org.sd15.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.sd15.testing.Closeness.assertSameBits;
import static org.sd15.testing.Closeness.largestDifference;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.importer.embedding.EmbeddingFile;
import org.sd15.importer.embedding.EmbeddingFormat;
import org.sd15.importer.embedding.TextualInversion;
import org.sd15.importer.lora.LoraFile;
import org.sd15.importer.lora.LoraFormat;
import org.sd15.importer.lora.LoraWeights;
import org.sd15.shapes.EmbeddedModel;
import org.sd15.testing.Rule;

/** {@code convert}, {@code --lora} and {@code --embedding}, on the embedded model. */
class ConvertAndLoraTest {

    private static final String TO_V = "mid_block.attentions.0.transformer_blocks.0.attn2.to_v";

    @TempDir
    private Path folder;

    private Path lora() throws IOException {
        Path path = folder.resolve("lora.safetensors");
        INDArray down = Rule.input("down", DataType.FLOAT, 2, 128);
        LoraWeights lora = LoraWeights.builder()
                .unet(TO_V, down, Rule.input("up", DataType.FLOAT, 128, 2), 1)
                .build();
        LoraFile.write(lora, LoraFormat.KOHYA, path);
        return path;
    }

    /** Runs a component and returns what comes out of it. */
    private INDArray run(String component, Map<String, INDArray> inputs, String... options) throws IOException {
        Path in = folder.resolve("in.safetensors");
        Path out = folder.resolve("out.safetensors");
        Tensors.write(in, inputs);
        List<String> arguments =
                new ArrayList<>(List.of("run", component, "--inputs", in.toString(), "--dump", out.toString()));
        arguments.addAll(List.of(options));
        Cli cli = Cli.run(arguments.toArray(String[]::new));
        assertThat(cli.exit()).as(cli.err()).isZero();
        return Objects.requireNonNull(Tensors.readAll(out).get("out"));
    }

    private INDArray unet(String... options) throws IOException {
        Map<String, INDArray> inputs = Map.of(
                "sample", Rule.input("sample", DataType.FLOAT, 1, 4, 8, 8),
                "timestep", Nd4j.scalar(500f),
                "context", Rule.input("context", DataType.FLOAT, 1, 7, 128));
        return run("unet", inputs, options);
    }

    @Test
    void aLoraMergedOnLoadingAndOneMergedByConvertAreTheSame() throws IOException {
        String model = EmbeddedModel.folder().toString();
        String half = lora() + ":0.5";
        Path single = folder.resolve("merged.safetensors");
        Cli cli = Cli.run("convert", model, single.toString(), "--dtype", "float32", "--lora", half);
        assertThat(cli.exit()).as(cli.err()).isZero();
        assertThat(cli.out().lines())
                .containsExactly(single.toString(), folder.resolve("tokenizer").toString());
        Path back = folder.resolve("back");
        assertThat(Cli.run("convert", single.toString(), back.toString()).exit())
                .isZero();
        INDArray merged = unet("--lora", half);
        assertSameBits("single file", unet("--model", single.toString()), merged);
        assertSameBits("folder again", unet("--model", back.toString()), merged);
        INDArray twice = unet("--lora", half, "--lora", half);
        INDArray whole = unet("--lora", lora().toString());
        assertThat(largestDifference(twice, whole)).isLessThan(1e-4);
        assertThat(largestDifference(whole, merged)).isGreaterThan(1e-2);
        assertThat(largestDifference(unet(), merged)).isGreaterThan(1e-2);
    }

    /** A LoKr with lengths of its own, factors and a norm's difference; told, merged on loading and by convert. */
    @Test
    void otherKindsThanPlainLorasAreMergedAndTold() throws IOException {
        Path file = folder.resolve("family.safetensors");
        String module = "lora_unet_" + TO_V.replace('.', '_');
        Map<String, INDArray> tensors = new LinkedHashMap<>();
        tensors.put(module + ".lokr_w1", Rule.input("one", DataType.FLOAT, 4, 4));
        tensors.put(
                module + ".lokr_w2", Rule.input("two", DataType.FLOAT, 32, 32).mul(0.1));
        tensors.put(module + ".alpha", Nd4j.scalar(1L));
        tensors.put(
                module + ".dora_scale",
                Rule.picture("lengths", DataType.FLOAT, 128, 1).add(2));
        tensors.put(
                "lora_unet_conv_in.ia3_l",
                Rule.picture("factors", DataType.FLOAT, 1, 4, 1, 1).add(1.5));
        tensors.put("lora_unet_conv_norm_out.w_norm", Rule.picture("norm", DataType.FLOAT, 64));
        Tensors.write(file, tensors);
        Cli told = Cli.run("inspect", file.toString());
        assertThat(told.out().lines().map(String::strip))
                .contains("(IA)3: 1 modules", "LoKr with DoRA: 1 modules", "full difference: 1 modules");
        Path model = folder.resolve("merged");
        String scaled = file + ":0.7";
        Cli cli = Cli.run(
                "convert", EmbeddedModel.folder().toString(), model.toString(), "--dtype", "float32", "--lora", scaled);
        assertThat(cli.exit()).as(cli.err()).isZero();
        INDArray merged = unet("--lora", scaled);
        assertSameBits("folder", unet("--model", model.toString()), merged);
        assertThat(largestDifference(unet(), merged)).isGreaterThan(1e-2);
        assertMistake(
                "which can only be merged into a model",
                "train",
                "lora",
                "--data",
                new ShortTraining(folder).data(),
                "--output",
                folder.resolve("out.safetensors").toString(),
                "--train-steps",
                "1",
                "--init-lora",
                file.toString());
    }

    @Test
    void aLearntWordHasTheNumbersAfterTheVocabulary() throws IOException {
        Path path = folder.resolve("word.safetensors");
        TextualInversion word = new TextualInversion("<thing>", Rule.input("v", DataType.FLOAT, 1, 128));
        EmbeddingFile.write(word, EmbeddingFormat.WEBUI, path);
        Map<String, INDArray> ids =
                Map.of("ids", Nd4j.createFromArray(1f, 627f, 2f).reshape(1, 3));
        INDArray states = run("text", ids, "--embedding", path.toString());
        assertThat(states.shape()).containsExactly(1, 3, 128);
    }

    @Test
    void mistakesAreSaidInOneLine() throws IOException {
        String model = EmbeddedModel.folder().toString();
        String out = folder.resolve("out").toString();
        assertMistake("\"much\" is not a number", "convert", model, out, "--lora", lora() + ":much");
        assertMistake("no such file", "convert", model, out, "--lora", folder.resolve("none") + ":0.5");
        assertMistake("must be float32, float16 or bfloat16", "convert", model, out, "--dtype", "int8");
        assertMistake("no such file", "convert", folder.resolve("none").toString(), out);
        Path other = Files.writeString(folder.resolve("text.safetensors"), "not a LoRA");
        assertMistake("is not a checkpoint", "doctor", "--lora", other.toString());
        assertMistake("is not a checkpoint", "doctor", "--embedding", other.toString());
        assertThat(Cli.run("convert", model).exit()).isEqualTo(2);
        assertThat(folder.resolve("out")).doesNotExist();
    }

    private static void assertMistake(String message, String... arguments) {
        Cli cli = Cli.run(arguments);
        assertThat(cli.exit()).as(cli.err()).isEqualTo(1);
        assertThat(cli.message()).startsWith("sd15: ").contains(message);
    }

    @Test
    void aScaleFollowsTheLastColon() throws IOException {
        assertThat(LoraOption.parse("a.safetensors")).isEqualTo(new LoraOption(Path.of("a.safetensors"), 1));
        assertThat(LoraOption.parse("C:\\a.safetensors")).isEqualTo(new LoraOption(Path.of("C:\\a.safetensors"), 1));
        assertThat(LoraOption.parse("a:b:-0.25")).isEqualTo(new LoraOption(Path.of("a:b"), -0.25));
        Path odd = Files.createFile(folder.resolve("odd:2"));
        assertThat(LoraOption.parse(odd.toString())).isEqualTo(new LoraOption(odd, 1));
    }
}
