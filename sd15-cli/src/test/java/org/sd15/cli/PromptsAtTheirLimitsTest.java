package org.sd15.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.sd15.testing.Closeness.assertSameBits;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.nativeblas.NativeOpsHolder;
import org.sd15.pipeline.image.PngFile;

/** Seeds, words and numbers of threads that few people give. */
class PromptsAtTheirLimitsTest {

    @TempDir
    private Path folder;

    private INDArray start(String seed, String shown) throws Exception {
        Path dump = folder.resolve("dump.safetensors");
        Path picture = folder.resolve("größe 円.png");
        Cli cli = Cli.run(
                "generate",
                "--prompt",
                "ein grüner Kreis 🙂",
                "--steps",
                "1",
                "--seed",
                seed,
                "--dump",
                dump.toString(),
                "--output",
                picture.toString());
        assertThat(cli.exit()).as(cli.err()).isZero();
        assertThat(cli.out().strip()).isEqualTo(picture.toString());
        assertThat(PngFile.texts(picture).get("parameters"))
                .startsWith("ein grüner Kreis 🙂\n")
                .contains("Seed: " + shown + ",");
        return Tensors.read(dump, "latents_start");
    }

    /** torch keeps 64 bits, of which its generator on the CPU takes the low 32. */
    @Test
    void theLargestSeedIsThatOfTorch() throws Exception {
        String most = "18446744073709551615";
        INDArray largest = start(most, most);
        String less = "18446744073709551614";
        assertSameBits("2^64 - 2 and -2", start(less, less), start("-2", less)); // -1 draws a seed, as in the web UI
        assertSameBits("the low 32 bits", largest, start("4294967295", "4294967295"));
    }

    @Test
    void everyWordHasAHeatMapOfItsOwn() throws Exception {
        Path out = folder.resolve("heat");
        String words = "red.,red,Red";
        Cli cli = Cli.run(
                "heatmap",
                "--prompt",
                "a red. Red circle",
                "--words",
                words,
                "--steps",
                "1",
                "--output",
                out.toString());
        assertThat(cli.exit()).as(cli.err()).isZero();
        List<String> printed = cli.out().lines().toList();
        assertThat(printed).allMatch(path -> Files.exists(Path.of(path)));
        assertThat(printed.stream().map(path -> path.toLowerCase(Locale.ROOT))).doesNotHaveDuplicates();
        assertThat(printed.stream().filter(path -> path.contains("map-"))).hasSize(words.split(",").length);
    }

    @Test
    void moreThreadsThanAnyUseAreNotStarted() {
        int before = Nd4j.getEnvironment().maxThreads();
        int most = 4 * Runtime.getRuntime().availableProcessors();
        try {
            Cli cli = Cli.run(
                    "generate",
                    "--prompt",
                    "x",
                    "--steps",
                    "1",
                    "--threads",
                    "1000",
                    "--output",
                    folder.resolve("x.png").toString());
            assertThat(cli.exit()).as(cli.err()).isZero();
            assertThat(cli.err()).contains("--threads is 1000", "computing with %d threads".formatted(most));
        } finally {
            Nd4j.getEnvironment().setMaxMasterThreads(before);
            Nd4j.getEnvironment().setMaxThreads(before);
            NativeOpsHolder.getInstance().getDeviceNativeOps().setOmpNumThreads(before);
        }
    }
}
