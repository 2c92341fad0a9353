package org.sd15.importer.safetensors;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sd15.importer.Foreign;
import org.sd15.importer.io.ImportException;
import org.sd15.importer.io.StrictJson;
import org.sd15.testing.ScratchFile;

/** Whatever the bytes, a header is understood or refused in one way: no other exception, no endless work. */
class SafetensorsFuzzTest {

    private static final Path NOWHERE = Path.of("fuzz.safetensors");

    /** Runs its corpus as a test; with {@code JAZZER_FUZZ=1} it searches for more. */
    @FuzzTest
    void understandsOrRefusesAnyHeader(byte[] header) throws IOException {
        try {
            Header parsed = HeaderParser.parse(NOWHERE, StrictJson.decode(NOWHERE, ByteBuffer.wrap(header)), 8);
            assertThat(parsed.dataBytes()).isEqualTo(8);
        } catch (ImportException refused) {
            assertThat(refused).hasMessageStartingWith("fuzz.safetensors: ");
        }
    }

    /** Each file of the manifest with one to four bytes changed, at places that a seed decides. */
    @Test
    void understandsOrRefusesDamagedFiles(@TempDir Path folder) throws IOException {
        SplittableRandom random = new SplittableRandom(1);
        int understood = 0;
        for (boolean valid : new boolean[] {true, false}) {
            for (String name : Foreign.files(".safetensors", valid).toList()) {
                byte[] original = Files.readAllBytes(Foreign.path("files/" + name));
                for (int i = 0; i < 20 && original.length > 0; i++) {
                    byte[] damaged = original.clone();
                    for (int change = 0; change <= i % 4; change++) {
                        damaged[random.nextInt(Math.min(damaged.length, 500))] = (byte) random.nextInt();
                    }
                    understood += open(ScratchFile.write(folder.resolve("damaged"), damaged));
                }
            }
        }
        assertThat(understood).as("files that changed harmlessly").isPositive();
    }

    private static int open(Path file) throws IOException {
        try (SafetensorsFile opened = SafetensorsFile.open(file)) {
            opened.tensors().keySet().forEach(opened::bytes);
            return 1;
        } catch (ImportException refused) {
            assertThat(refused).hasMessageStartingWith(file + ": ");
            return 0;
        }
    }
}
