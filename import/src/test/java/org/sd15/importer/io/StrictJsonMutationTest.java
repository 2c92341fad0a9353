package org.sd15.importer.io;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sd15.importer.Damaged;

/** Whatever the bytes, a JSON file is one object or refused in one way. */
@Tag("fuzz")
class StrictJsonMutationTest {

    private static final List<byte[]> SAMPLES = List.of(
            "{\"width\": 320, \"eps\": 1e-05, \"types\": [\"A\", \"B\", null], \"nested\": {\"on\": true}}"
                    .getBytes(UTF_8),
            "{\"Ġthe\": 1, \"\\u0120a\": -2, \"é\": {\"x\": [[1.5, 2], [3]]}}".getBytes(UTF_8));

    @Test
    void readsOneObjectOrRefuses(@TempDir Path folder) {
        assertThat(Damaged.run(6)
                        .over(SAMPLES)
                        .check(
                                folder.resolve("fuzz.json"),
                                file -> assertThat(StrictJson.readObject(file).toString())
                                        .startsWith("{"))
                        .understood())
                .as("texts that changed harmlessly")
                .isPositive();
    }
}
