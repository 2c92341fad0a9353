package org.sd15.pipeline.training.data;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sd15.testing.MutationRun;
import org.sd15.testing.MutationRun.Outcome;
import org.sd15.testing.ScratchFile;

/** Whatever stands in them, captions belong to pictures of the folder, or their file is refused by name. */
class CaptionsFuzzTest {

    private static final String LIST = """
            {"file_name": "a.png", "text": "a red star"}
            {"file_name": "sub/../a.png", "caption": "ein blauer \\u2605"}
            """;

    @TempDir
    private Path folder;

    @BeforeEach
    void aPicture() throws IOException {
        Files.write(folder.resolve("a.png"), new byte[1]);
    }

    private void check(String name, String sample, String... words) {
        Outcome outcome = MutationRun.of(12, MutationRun.count())
                .over(List.of(sample.getBytes(UTF_8)))
                .words(words)
                .refusedWith(RuntimeException.class)
                .check(folder.toString(), bytes -> {
                    ScratchFile.write(folder.resolve(name), bytes);
                    read();
                });
        assertThat(outcome.understood()).isPositive();
        assertThat(outcome.refused()).isPositive();
    }

    private void read() {
        try {
            for (CaptionedPicture picture :
                    PictureFolder.read(folder, BadData.FAIL).pictures()) {
                assertThat(picture.file().normalize()).startsWithRaw(folder);
            }
        } catch (IOException refused) {
            throw new UncheckedIOException(refused.getMessage(), refused);
        }
    }

    @Test
    @Tag("fuzz")
    void understandsOrRefusesAnyList() {
        check("metadata.jsonl", LIST, "\"file_name\": ", "../", "/", "\\ud800", "null", "[[[[", "\r");
    }

    @Test
    @Tag("fuzz")
    void understandsOrRefusesAnyTable() {
        check("metadata.csv", "file_name,text\r\na.png,\"a red, \"\"big\"\"\nstar\"\r\n", "\"", ",", "\n", "../");
    }

    @Test
    @Tag("fuzz")
    void understandsOrRefusesAnyCaption() {
        check("a.txt", "a red star\n", "\r", "\u2028", " ");
    }

    @Test
    void refusesAFileThatIsTooLargeForCaptions() throws IOException {
        for (String name : List.of("a.txt", "metadata.csv", "metadata.jsonl")) {
            Path file = folder.resolve(name);
            try (RandomAccessFile vast = new RandomAccessFile(file.toFile(), "rw")) {
                vast.setLength((256L << 20) + 1);
            }
            assertThatThrownBy(() -> PictureFolder.read(folder, BadData.FAIL))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage(file + ": has 268,435,457 bytes; captions may have up to 268,435,456");
        }
    }
}
