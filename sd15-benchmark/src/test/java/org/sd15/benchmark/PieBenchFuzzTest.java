package org.sd15.benchmark;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sd15.importer.io.ImportException;
import org.sd15.pipeline.image.PngFile;
import org.sd15.testing.MutationRun;
import org.sd15.testing.MutationRun.Outcome;
import org.sd15.testing.ScratchFile;

/** Whatever stands in a mapping file, its cases are read with pictures of the folder, or it is refused by name. */
class PieBenchFuzzTest {

    private static final String MAPPING = """
            {"1": {"image_path": "0/a.png", "original_prompt": "a [red] star", "editing_prompt": "a [blue] star",
            "editing_instruction": "make it blue", "editing_type_id": "6", "blended_word": "star star",
            "mask": [0, 3, 600, 2, 262143, 1]}, "2": {"image_path": "0/../0/a.png", "original_prompt": "a \\u2605",
            "editing_prompt": "a [[big] \\u2605", "blended_word": "", "mask": [], "extra": {"a": [1e3, null, true]}}}
            """;

    @TempDir
    private Path folder;

    @BeforeEach
    void aPicture() throws IOException {
        Path pictures = Files.createDirectories(folder.resolve("annotation_images/0"));
        PngFile.write(pictures.resolve("a.png"), new BufferedImage(512, 512, BufferedImage.TYPE_BYTE_BINARY), Map.of());
    }

    @Test
    @Tag("fuzz")
    void readsOrRefusesAnyMapping() {
        Outcome outcome = MutationRun.of(15, MutationRun.count())
                .over(List.of(MAPPING.getBytes(UTF_8)))
                .words("image_path", "\"mask\": [", "../", "/", "\\ud800", "null", "[[[[", "{", "\"6\"", "[", "]")
                .refusedWith(ImportException.class)
                .check(folder.toString(), this::read);
        assertThat(outcome.understood()).isPositive();
        assertThat(outcome.refused()).isPositive();
    }

    /** The pictures themselves have mutations of their own. */
    private void read(byte[] mapping) throws IOException {
        ScratchFile.write(folder.resolve("mapping_file.json"), mapping);
        for (PieBench.Mapped mapped : PieBench.mapping(folder, 3)) {
            assertThat(mapped.picture().normalize()).startsWithRaw(folder);
            RunLengthMask.requireRuns(mapped.entry().mask(), 512);
        }
    }
}
