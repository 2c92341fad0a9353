package org.sd15.pipeline.inversion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.sd15.testing.Closeness.assertSameBits;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.importer.io.ImportException;
import org.sd15.importer.safetensors.SafetensorsWriter;
import org.sd15.importer.tensor.DType;
import org.sd15.pipeline.schedule.SchedulerConfig.FinalSigmasType;
import org.sd15.pipeline.words.Conformance;
import org.sd15.testing.Rule;

class InversionFileTest {

    private static final INDArray PICTURES = Rule.input("file.pictures", DataType.FLOAT, 2, 3, 8, 8);

    @TempDir
    private Path folder;

    static Stream<InversionSchedule> courses() {
        return Stream.of(
                new InversionSchedule.Ddim(3),
                new InversionSchedule.Ddim(5, 2, 0.5, Conformance.REFERENCE),
                new InversionSchedule.DpmSolver(List.of(900, 500, 1), FinalSigmasType.SIGMA_MIN));
    }

    @ParameterizedTest
    @MethodSource("courses")
    void comesBackAsItWasSaved(InversionSchedule schedule) throws Exception {
        Inversion.Source source = new Inversion.Source(
                List.of("a \"red\" circle\n", "Ein Stück"), 3.5, PICTURES, Map.of("seeds", "[42]", "unet", "ab"));
        Inversion saved =
                new Inversion(schedule, source, list("levels", 4, 4), list("maps", 3, 4), list("texts", 3, 7));
        Path path = folder.resolve("a.safetensors");
        InversionFile.save(saved, path);
        Inversion loaded = InversionFile.load(path);
        assertThat(loaded.schedule()).isEqualTo(schedule);
        assertThat(loaded.source().prompts()).isEqualTo(source.prompts());
        assertThat(loaded.source().guidance()).isEqualTo(3.5);
        assertThat(loaded.source().provenance()).isEqualTo(source.provenance());
        assertSameBits("pictures", Objects.requireNonNull(loaded.source().pictures()), PICTURES);
        assertSameLists(loaded.trajectory(), saved.trajectory());
        assertSameLists(loaded.noiseMaps(), saved.noiseMaps());
        assertSameLists(loaded.nullTexts(), saved.nullTexts());
    }

    @Test
    void whatAnInversionLacksItsFileLacksToo() throws Exception {
        Path path = folder.resolve("plain.safetensors");
        InversionFile.save(
                new Inversion(
                        "a cat",
                        list("levels", 4, 4).stream()
                                .map(x -> x.slice(0).reshape(1, 4, 4, 4))
                                .toList()),
                path);
        Inversion loaded = InversionFile.load(path);
        assertThat(loaded.noiseMaps()).isEmpty();
        assertThat(loaded.nullTexts()).isEmpty();
        assertThat(loaded.source().pictures()).isNull();
        assertThat(loaded.steps()).isEqualTo(3);
    }

    @Test
    void saysWhatIsWrongWithAFile() throws Exception {
        Path other = folder.resolve("other.safetensors");
        SafetensorsWriter.create().add("trajectory", PICTURES, DType.F32).write(other);
        assertThatThrownBy(() -> InversionFile.load(other))
                .isInstanceOf(ImportException.class)
                .hasMessageContaining("other.safetensors")
                .hasMessageContaining("is no inversion");
        Path silent = folder.resolve("silent.safetensors");
        SafetensorsWriter.create()
                .metadata("format", "sd15-inversion-1")
                .add("trajectory", PICTURES, DType.F32)
                .write(silent);
        assertThatThrownBy(() -> InversionFile.load(silent)).hasMessageContaining("don't say prompt.0");
        Path few = folder.resolve("few.safetensors");
        SafetensorsWriter.create()
                .metadata(Map.of("format", "sd15-inversion-1", "prompt.0", "a", "guidance", "1"))
                .metadata(Map.of("course", "sde-dpmsolver++", "timesteps", "9,1", "final_sigmas_type", "ZERO"))
                .add("trajectory", PICTURES, DType.F32)
                .write(few);
        assertThatThrownBy(() -> InversionFile.load(few))
                .hasMessageContaining("few.safetensors")
                .hasMessageContaining("2 steps has 2 levels of latents, must have 3");
    }

    private static List<INDArray> list(String name, int count, int channels) {
        return java.util.stream.IntStream.range(0, count)
                .mapToObj(i -> Rule.input(name + i, DataType.FLOAT, 2, channels, 4, 4))
                .toList();
    }

    private static void assertSameLists(List<INDArray> actual, List<INDArray> expected) {
        assertThat(actual).hasSameSizeAs(expected);
        for (int i = 0; i < expected.size(); i++) {
            assertSameBits("array " + i, actual.get(i), expected.get(i));
        }
    }
}
