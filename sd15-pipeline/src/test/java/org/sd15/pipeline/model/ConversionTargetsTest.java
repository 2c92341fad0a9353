package org.sd15.pipeline.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.sd15.importer.tensor.DType;
import org.sd15.testing.Fixture;

/** Where a conversion may go, and what is left when it ends early. */
class ConversionTargetsTest {

    private static final Path FOREIGN = Fixture.resource("import", "foreign/diffusers");

    @TempDir
    private Path folder;

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    /** Weights that were rounded to half precision can't be had back. */
    @Test
    void aModelIsNotConvertedIntoItself() throws IOException {
        Path single = folder.resolve("model.safetensors");
        ModelConversion.of(FOREIGN).write(single);
        byte[] before = Files.readAllBytes(single);
        assertThatThrownBy(() -> ModelConversion.of(single)
                        .dtype(DType.F16)
                        .write(folder.resolve("../" + folder.getFileName()).resolve("model.safetensors")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("give it another name");
        Path model = folder.resolve("model");
        ModelConversion.of(single).write(model);
        assertThatThrownBy(() ->
                        ModelConversion.of(model).write(model.resolve("unet/diffusion_pytorch_model.safetensors")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("give it another name");
        assertThat(single).hasBinaryContent(before);
    }

    @Test
    void whatCannotBeWrittenIsSaidBeforeTheModelIsOpened() throws IOException {
        Path file = Files.createFile(folder.resolve("file"));
        Path none = folder.resolve("none");
        assertThatThrownBy(() -> ModelConversion.of(none).write(file.resolve("x.safetensors")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(file + " is a file, no folder");
        assertThatThrownBy(() -> ModelConversion.of(none).write(folder.resolve("x".repeat(256))))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("too long");
        assertThat(names()).containsExactly("file");
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void aLinkIsFollowedToTheFileThatIsReplaced() throws IOException {
        Path far = Files.createDirectory(folder.resolve("far"));
        Path link = Files.createSymbolicLink(folder.resolve("model.safetensors"), far.resolve("real.safetensors"));
        ModelConversion.of(FOREIGN).write(link);
        assertThat(link).isSymbolicLink();
        assertThat(far.resolve("real.safetensors")).isRegularFile().isNotEmptyFile();
        Path again = Files.createSymbolicLink(folder.resolve("again"), Files.createDirectory(folder.resolve("empty")));
        ModelConversion.of(link).write(again);
        assertThat(again).isSymbolicLink();
        assertThat(again.resolve("model_index.json")).exists();
    }

    @Test
    void theLongestNameCanBeWritten() throws IOException {
        Path single = folder.resolve("x".repeat(255 - ".safetensors".length()) + ".safetensors");
        ModelConversion.of(FOREIGN).write(single);
        assertThat(single).isRegularFile();
    }

    /** On a small disk of its own, where root may have one. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void aModelForWhichThereIsNoRoomIsRefusedAtOnce() throws Exception {
        Process mount = new ProcessBuilder("mount", "-t", "tmpfs", "-o", "size=64k", "none", folder.toString())
                .redirectErrorStream(true)
                .start();
        assumeThat(mount.waitFor(30, TimeUnit.SECONDS) && mount.exitValue() == 0)
                .isTrue();
        try {
            Path old = Files.writeString(folder.resolve("model.safetensors"), "old");
            assertThatThrownBy(() -> ModelConversion.of(FOREIGN).write(old))
                    .isInstanceOf(IOException.class)
                    .hasMessageContainingAll(old.toString(), "was not written", "are free in " + folder);
            assertThat(old).hasContent("old");
            assertThat(names()).containsExactly("model.safetensors");
        } finally {
            new ProcessBuilder("umount", folder.toString()).start().waitFor();
        }
    }

    /** Ctrl-C at some moment of many conversions: a whole model or none, and nothing aside. */
    @Test
    @DisabledOnOs(OS.WINDOWS)
    void aConversionThatIsToldToEndLeavesNothingAside() throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--add-opens=java.base/java.nio=ALL-UNNAMED",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        Conversions.class.getName(),
                        Fixture.resource("sd15-pipeline", "shapes").toString(),
                        folder.toString())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        assertThat(process.getInputStream().read()).isEqualTo('.');
        process.destroy();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        List<String> left = names();
        assertThat(left).isNotEmpty().allMatch(name -> name.startsWith("model-"));
        try (ModelFiles last = ModelFiles.open(folder.resolve(left.get(left.size() - 1)))) {
            last.unet().close();
            assertThat(last.tokenizer()).isNotNull();
        }
    }

    /** Converts one model over and over, until it is told to end. */
    static final class Conversions {

        private Conversions() {}

        public static void main(String[] arguments) throws IOException {
            for (int i = 0; ; i++) {
                ModelConversion.of(Path.of(arguments[0]))
                        .write(Path.of(arguments[1]).resolve("model-%05d".formatted(i)));
                System.out.print('.');
                System.out.flush();
            }
        }
    }
}
