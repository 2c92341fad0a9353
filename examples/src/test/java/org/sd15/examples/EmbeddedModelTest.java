package org.sd15.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The embedded model, which a jar unpacks by a list of names. */
class EmbeddedModelTest {

    @TempDir
    private Path unpacked;

    @Test
    void allOfItIsUnpackedButItsCard() throws IOException {
        EmbeddedModel.unpack(unpacked);
        List<Path> all = files(EmbeddedModel.folder());
        assertThat(files(unpacked)).isEqualTo(all);
        for (Path file : all) {
            assertThat(unpacked.resolve(file))
                    .hasSameBinaryContentAs(EmbeddedModel.folder().resolve(file));
        }
    }

    private static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile)
                    .map(folder::relativize)
                    .filter(file -> !file.endsWith("README.md"))
                    .sorted()
                    .toList();
        }
    }
}
