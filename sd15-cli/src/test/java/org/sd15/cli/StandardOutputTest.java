package org.sd15.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.factory.Nd4j;

/** A dump that goes to the standard output, in a process that has one of its own. */
@EnabledOnOs(OS.LINUX)
class StandardOutputTest {

    @TempDir
    private Path folder;

    @Test
    void aDumpOnTheStandardOutputHasItToItself() throws Exception {
        Path ids = folder.resolve("ids");
        Tensors.write(ids, Map.of("ids", Nd4j.createFromArray(625f, 5f, 626f).reshape(1, 3)));
        Path out = Files.createFile(folder.resolve("out.safetensors"));
        Path err = folder.resolve("err");
        Process process = start(out, err, "run", "text", "--inputs", ids.toString(), "--dump", "/dev/stdout");
        assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(Files.readString(err)).isZero();
        assertThat(Tensors.read(out, "out").shape()).containsExactly(1, 3, 128);
        assertThat(err).content().contains("/dev/stdout"); // what else would be on the standard output
    }

    private static Process start(Path out, Path err, String... arguments) throws IOException {
        List<String> command =
                Stream.concat(ShotCommand.java(), Stream.of(arguments)).toList();
        return new ProcessBuilder(command)
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
    }
}
