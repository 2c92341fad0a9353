package org.sd15.importer.torch;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sd15.importer.Foreign;
import org.sd15.importer.TensorFiles;
import org.sd15.importer.io.ImportException;
import org.sd15.importer.tensor.TensorFile;
import org.sd15.testing.ScratchFile;

/** Whatever the bytes, a pickle is understood or refused in one way: no other exception, no endless work. */
class PickleFuzzTest {

    private static final Path NOWHERE = Path.of("fuzz.bin");

    /** Runs its corpus as a test; with {@code JAZZER_FUZZ=1} it searches for more. */
    @FuzzTest
    void understandsOrRefusesAnyPickle(byte[] pickle) throws IOException {
        try {
            Object root = new Unpickler(new PickleInput(NOWHERE, new ByteArrayInputStream(pickle))).load();
            StateDict.of(NOWHERE, root)
                    .tensors()
                    .values()
                    .forEach(tensor -> assertThat(tensor.length()).isNotNegative());
        } catch (ImportException refused) {
            assertThat(refused).hasMessageStartingWith("fuzz.bin: ");
        }
    }

    /** Each file of the manifest with one to four bytes changed, at places that a seed decides. */
    @Test
    void understandsOrRefusesDamagedFiles(@TempDir Path folder) throws IOException {
        SplittableRandom random = new SplittableRandom(1);
        int understood = 0;
        for (boolean valid : new boolean[] {true, false}) {
            for (String name : Foreign.files(".bin", valid).toList()) {
                byte[] original = Files.readAllBytes(Foreign.path("files/" + name));
                for (int i = 0; i < 50; i++) {
                    byte[] damaged = original.clone();
                    for (int change = 0; change <= i % 4; change++) {
                        damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
                    }
                    understood += open(ScratchFile.write(folder.resolve("damaged"), damaged));
                }
            }
        }
        assertThat(understood).as("files that changed harmlessly").isPositive();
    }

    private static int open(Path path) throws IOException {
        try (TensorFile file = TensorFiles.open(path)) {
            file.tensors().keySet().forEach(file::bytes);
            return 1;
        } catch (ImportException refused) {
            assertThat(refused).hasMessageStartingWith(path + ": ");
            return 0;
        }
    }
}
