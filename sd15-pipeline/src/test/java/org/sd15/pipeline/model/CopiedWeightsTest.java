package org.sd15.pipeline.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.sd15.testing.Closeness.assertSameBits;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.testing.ChildJvm;
import org.sd15.testing.Fixture;
import org.sd15.testing.Rule;
import org.sd15.unet.UNet;
import org.sd15.unet.UNetInput;

/** Weights that are read into memory, so that their files may go. */
class CopiedWeightsTest {

    private static final int DONE = 7;

    @TempDir
    private Path model;

    @BeforeEach
    void copyAModel() throws IOException {
        Path shapes = Fixture.resource("sd15-pipeline", "shapes");
        try (Stream<Path> files = Files.walk(shapes)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Path copy = model.resolve(shapes.relativize(file).toString());
                Files.createDirectories(copy.getParent());
                Files.copy(file, copy);
            }
        }
    }

    private static List<Path> weights(Path model) throws IOException {
        try (Stream<Path> files = Files.walk(model)) {
            return files.filter(file -> file.toString().endsWith(".safetensors"))
                    .toList();
        }
    }

    private static INDArray predict(UNet unet) {
        return unet.predict(UNetInput.of(
                Rule.input("sample", DataType.FLOAT, 1, 4, 8, 8),
                500,
                Rule.input("context", DataType.FLOAT, 1, 7, unet.config().crossAttentionDim())));
    }

    @Test
    void copiedWeightsGiveTheSameBitsAndDoNotChangeWithTheFile() throws IOException {
        try (ModelFiles mapped = ModelFiles.open(model);
                ModelFiles copied = ModelFiles.open(model).copyingWeights();
                UNet one = mapped.unet();
                UNet other = copied.unet()) {
            INDArray expected = predict(one);
            for (Path file : weights(model)) { // of the same length, so that the mapped one survives
                byte[] zeros = Files.readAllBytes(file);
                java.util.Arrays.fill(zeros, zeros.length / 2, zeros.length, (byte) 0);
                Files.write(file, zeros);
            }
            assertSameBits("prediction", predict(other), expected);
        }
    }

    /** In a process of its own: that which maps its weights is killed by the system. */
    @Test
    void aFileThatIsCutShortInPlaceDoesNoHarmToCopiedWeights() throws Exception {
        Path log = model.resolve("log");
        Process process = ChildJvm.start(Truncation.class, log, model.toString());
        assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(Files.readString(log)).isEqualTo(DONE);
    }

    /** Loads, cuts the files short, and computes. */
    static final class Truncation {

        private Truncation() {}

        public static void main(String[] arguments) throws Exception {
            Path model = Path.of(arguments[0]);
            try (StableDiffusion diffusion =
                    StableDiffusion.of(ModelFiles.open(model).copyingWeights())) {
                for (Path file : weights(model)) {
                    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                        channel.truncate(1);
                    }
                }
                predict(diffusion.unet());
                diffusion.decode(Rule.input("latents", DataType.FLOAT, 1, 4, 8, 8));
            }
            System.exit(DONE);
        }
    }
}
