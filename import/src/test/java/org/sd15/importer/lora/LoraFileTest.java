package org.sd15.importer.lora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.sd15.importer.lora.SmallLora.array;
import static org.sd15.testing.Closeness.assertSameBits;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.importer.ModelPart;
import org.sd15.importer.TensorFiles;
import org.sd15.importer.safetensors.SafetensorsWriter;
import org.sd15.importer.tensor.DType;
import org.sd15.importer.tensor.TensorFile;
import org.sd15.importer.tensor.TensorInfo;
import org.sd15.testing.Fixture;

/** Files of diffusers 0.42.1, peft 0.21.0 and kohya's names, read and written. */
class LoraFileTest {

    private static final String ATTENTION = "down_blocks.0.attentions.0.transformer_blocks.0.attn1";
    private static final String TO_OUT = ATTENTION + ".to_out.0";
    private static final String K_PROJ = "text_model.encoder.layers.1.self_attn.k_proj";

    @TempDir
    private Path folder;

    private static LoraWeights read(Path path) throws IOException {
        return LoraFile.read(path, TinyModel.TARGETS);
    }

    private static LoraWeights reference(String name) throws IOException {
        return read(TinyModel.file(name + ".safetensors"));
    }

    private static LoraLayer layer(LoraWeights lora, LoraModule module) {
        return Objects.requireNonNull(lora.layers().get(module), module::toString);
    }

    private static Map<String, TensorInfo> tensors(Path path) throws IOException {
        try (TensorFile file = TensorFiles.open(path)) {
            return Map.copyOf(file.tensors());
        }
    }

    /** The numbers of modules are those that peft has adapted after diffusers had loaded the file. */
    @ParameterizedTest
    @CsvSource({
        "peft, 128, 8, 4, unet.%s.lora_A.weight",
        "peft_alpha, 128, 8, 2, unet.%s.lora_A.weight",
        "diffusers, 128, 8, 4, unet.%s.lora.down.weight",
        "processor, 128, 8, 4, unet.%2$s.processor.to_out_lora.down.weight",
        "processor_unet_only, 128, 0, 4, %2$s.processor.to_out_lora.down.weight",
        "kohya, 192, 12, 2, lora_unet_%3$s.lora_down.weight",
        "kohya_no_alpha, 128, 0, 4, lora_unet_%3$s.lora_down.weight",
        "kohya_conv, 278, 0, 1, lora_unet_%3$s.lora_down.weight"
    })
    void everyFormatIsRead(String name, int unet, int text, double alpha, String down) throws IOException {
        LoraWeights lora = reference(name);
        assertThat(lora.count(ModelPart.UNET)).isEqualTo(unet);
        assertThat(lora.count(ModelPart.TEXT_ENCODER)).isEqualTo(text);
        assertThat(lora.layers().values()).allSatisfy(layer -> {
            assertThat(layer.rank()).isEqualTo(4);
            assertThat(layer.alpha()).isEqualTo(alpha);
        });
        Fixture file = Fixture.open(TinyModel.file(name + ".safetensors"));
        LoraLayer layer = layer(lora, LoraModule.unet(TO_OUT));
        assertSameBits(name, layer.down(), file.get(down.formatted(TO_OUT, ATTENTION, TO_OUT.replace('.', '_'))));
        assertThat(layer.up().shape()).containsExactly(32, 4);
    }

    @Test
    void theTextEncodersModulesHaveTheirPrefixWhateverTheFileSays() throws IOException {
        for (String name : new String[] {"peft", "diffusers", "processor", "kohya"}) {
            assertThat(reference(name).layers()).as(name).containsKey(LoraModule.textEncoder(K_PROJ));
        }
    }

    @ParameterizedTest
    @CsvSource({"kohya, DIFFUSERS", "kohya, PEFT", "kohya_no_alpha, DIFFUSERS", "kohya_conv, PEFT"})
    void fromKohyaToDiffusersAndBackGivesTheSameBytes(String name, LoraFormat between) throws IOException {
        assertSameThereAndBack(TinyModel.file(name + ".safetensors"), between);
    }

    /** What real files of kohya's scripts have: half precision, alphas that say what goes without saying, remarks. */
    @ParameterizedTest
    @CsvSource({"F16, F16, none", "BF16, BF16, pt", "F16, F32, none", "F32, F16, pt"})
    void halfPrecisionAlphasAndRemarksSurviveTheWayThereAndBack(DType weights, DType alphas, String format)
            throws IOException {
        Path path = folder.resolve("real.safetensors");
        SafetensorsWriter writer = SafetensorsWriter.create();
        writer.metadata("ss_network_dim", "4");
        if (!format.equals("none")) {
            writer.metadata("format", format);
        }
        writer.metadata("ss_tag_frequency", "{\"10_\\u732b\": {\"\u732b\": 1}}");
        LoraWeights lora = reference("kohya");
        lora.layers().forEach((module, layer) -> {
            writer.add(LoraFormat.KOHYA.down(module), layer.down(), weights);
            writer.add(LoraFormat.KOHYA.up(module), layer.up(), weights);
            writer.add(LoraFormat.kohya(module) + ".alpha", Nd4j.scalar((double) layer.rank()), alphas);
        });
        writer.write(path);
        assertThat(layer(read(path), LoraModule.unet(TO_OUT)).alpha()).isEqualTo(4);
        assertSameThereAndBack(path, LoraFormat.PEFT);
        assertSameThereAndBack(path, LoraFormat.DIFFUSERS);
    }

    private void assertSameThereAndBack(Path path, LoraFormat between) throws IOException {
        Path there = folder.resolve("there.safetensors");
        Path back = folder.resolve("back.safetensors");
        LoraFile.write(read(path), between, there);
        LoraWeights converted = read(there);
        assertThat(converted.layers().keySet()).isEqualTo(read(path).layers().keySet());
        LoraFile.write(converted, LoraFormat.KOHYA, back);
        assertThat(back).hasSameBinaryContentAs(path);
    }

    @Test
    void whatDiffusersWroteComesOutByteByByte() throws IOException {
        Path out = folder.resolve("out.safetensors");
        LoraFile.write(reference("diffusers"), LoraFormat.DIFFUSERS, out);
        assertThat(out).hasSameBinaryContentAs(TinyModel.file("diffusers.safetensors"));
    }

    /** Today's diffusers leaves {@code text_model.} out, but understands both; older ones need it. */
    @ParameterizedTest
    @CsvSource({"peft, peft", "processor, peft", "diffusers, peft"})
    void peftFilesHaveTheTensorsThatDiffusersWrites(String from, String like) throws IOException {
        Path out = folder.resolve("out.safetensors");
        LoraFile.write(reference(from), LoraFormat.PEFT, out);
        Map<String, TensorInfo> expected = tensors(TinyModel.file(like + ".safetensors")).values().stream()
                .map(info -> info.named(info.name().replace("text_encoder.", "text_encoder.text_model.")))
                .collect(Collectors.toMap(TensorInfo::name, info -> info));
        assertThat(tensors(out)).isEqualTo(expected);
        try (TensorFile file = TensorFiles.open(out)) {
            assertThat(file.metadata()).isEqualTo(Map.of("format", "pt"));
        }
    }

    @ParameterizedTest
    @CsvSource({"kohya, 12, 612", "kohya_conv, 0, 834"})
    void kohyasLayersKeepTheirShapesInPeftFiles(String name, int text, int tensors) throws IOException {
        Path out = folder.resolve("out.safetensors");
        LoraWeights lora = reference(name);
        LoraFile.write(lora, LoraFormat.PEFT, out);
        Map<String, TensorInfo> written = tensors(out);
        assertThat(written).hasSize(tensors * 2 / 3);
        lora.layers()
                .forEach((module, layer) -> assertThat(Objects.requireNonNull(written.get(module + ".lora_A.weight"))
                                .shape())
                        .isEqualTo(layer.down().shape()));
        assertThat(lora.count(ModelPart.TEXT_ENCODER)).isEqualTo(text);
    }

    @Test
    void theMetadataOfAlphaIsWhatDiffusersKeeps() throws IOException {
        Path out = folder.resolve("out.safetensors");
        LoraFile.write(reference("peft_alpha"), LoraFormat.PEFT, out);
        try (TensorFile file = TensorFiles.open(out)) {
            assertThat(file.metadata().get("lora_adapter_metadata"))
                    .contains("\"unet.r\":4", "\"unet.lora_alpha\":2.0", "\"text_encoder.r\":4")
                    .contains("\"text_encoder.lora_alpha\":2.0", "\"encoder.layers.0.self_attn.k_proj\"");
        }
        assertThat(layer(read(out), LoraModule.textEncoder(K_PROJ)).alpha()).isEqualTo(2);
    }

    @ParameterizedTest
    @CsvSource({"PEFT", "DIFFUSERS", "KOHYA"})
    void ranksAndAlphasMayDifferFromModuleToModule(LoraFormat format) throws IOException {
        String other = "mid_block.resnets.0.conv1";
        LoraWeights lora = LoraWeights.builder()
                .unet(TO_OUT, array("a", 2, 32), array("b", 32, 2), 2)
                .unet(other, array("c", 3, 64, 3, 3), array("d", 64, 3, 1, 1), 0.75)
                .textEncoder(K_PROJ, array("e", 5, 32), array("f", 32, 5), 10)
                .metadata("sd15_training", "{\"seed\": 7}")
                .build();
        Path path = folder.resolve("mixed.safetensors");
        LoraFile.write(lora, format, path);
        LoraWeights read = read(path);
        assertThat(read.metadata()).containsEntry("sd15_training", "{\"seed\": 7}");
        assertThat(read.layers()).hasSize(3);
        lora.layers().forEach((module, layer) -> {
            LoraLayer found = layer(read, module);
            assertThat(found.alpha()).as("alpha of %s", module).isEqualTo(layer.alpha());
            assertSameBits("down", found.down(), layer.down());
            assertSameBits("up", found.up(), layer.up());
        });
        assertThat(read.parameters()).isEqualTo(2 * 64 + 3 * (64 * 9 + 64) + 5 * 64);
    }

    @Test
    void aFileCanBeWrittenInHalfPrecision() throws IOException {
        Path path = folder.resolve("half.safetensors");
        LoraFile.write(reference("kohya"), LoraFormat.KOHYA, DType.F16, path);
        assertThat(tensors(path).values()).allMatch(info -> info.dtype() == DType.F16);
        INDArray down = layer(read(path), LoraModule.unet(TO_OUT)).down();
        assertThat(down.dataType()).isEqualTo(DataType.HALF);
    }
}
