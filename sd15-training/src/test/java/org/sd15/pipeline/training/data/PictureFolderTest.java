package org.sd15.pipeline.training.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sd15.pipeline.vae.Vae;

class PictureFolderTest {

    @TempDir
    private Path folder;

    @BeforeEach
    void twoPictures() throws IOException {
        SmallFolder.captioned(folder, 2);
    }

    @Test
    void captionsLieBesideThePictures() throws IOException {
        assertThat(PictureFolder.read(folder, BadData.FAIL).pictures())
                .containsExactly(
                        new CaptionedPicture(folder.resolve("a.png"), "picture a"),
                        new CaptionedPicture(folder.resolve("b.png"), "picture b"));
    }

    @Test
    void aListGoesBeforeTextFiles() throws IOException {
        list("{\"file_name\": \"b.png\", \"text\": \"the second\", \"more\": 1}\n\n"
                + "{\"file_name\": \"a.png\", \"caption\": \" first \"}");
        assertThat(PictureFolder.read(folder, BadData.FAIL).pictures())
                .containsExactly(
                        new CaptionedPicture(folder.resolve("b.png"), "the second"),
                        new CaptionedPicture(folder.resolve("a.png"), "first"));
    }

    @Test
    void onePromptServesForAll() throws IOException {
        assertThat(PictureFolder.read(folder, List.of("a photo of sks")).pictures())
                .extracting(CaptionedPicture::captions)
                .containsExactly(List.of("a photo of sks"), List.of("a photo of sks"));
    }

    @Test
    void anEmptyCaptionIsAnErrorOrASkip() throws IOException {
        Files.writeString(folder.resolve("a.txt"), " \n");
        assertThatThrownBy(() -> PictureFolder.read(folder, BadData.FAIL))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("a.png: has no caption; write what it shows into")
                .hasMessageContaining("a.txt");
        PictureFolder skipping = PictureFolder.read(folder, BadData.SKIP);
        assertThat(skipping.pictures()).hasSize(1);
        assertThat(skipping.skipped()).singleElement().asString().contains("a.png");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"file_name\": \"c.png\", \"text\": \"x\"} | line 1: there is no picture",
                "{\"file_name\": \"../a.png\", \"text\": \"x\"} | lies outside of the folder",
                "{\"file_name\": \"../../etc/x.png\", \"text\": \"x\"} | line 1: ../../etc/x.png lies outside",
                "{\"file_name\": \"/etc/x.png\", \"text\": \"x\"} | lies outside of the folder",
                "{\"text\": \"x\"} | line 1: has no \"file_name\"",
                "[1] | line 1: is no JSON object",
                "{\"file_name\" | line 1: is no JSON object",
                "{\"file_name\": \"a.png\"} | a.png: has no caption",
            })
    void aBadListIsOneClearError(String line, String message) throws IOException {
        list(line);
        assertThatThrownBy(() -> PictureFolder.read(folder, BadData.FAIL)).hasMessageContaining(message);
    }

    /** Where {@code ..} leads to is the file system's business, not that of the letters. */
    @Test
    void aFolderAboveALinkIsTheOneThatTheSystemMeans(@TempDir Path elsewhere) throws IOException {
        Files.createDirectories(folder.resolve("deep"));
        Path folderByLink = Files.createSymbolicLink(elsewhere.resolve("link"), folder.resolve("deep"))
                .resolve("..");
        list("{\"file_name\": \"a.png\", \"text\": \"one\"}");
        assertThat(PictureFolder.read(folderByLink, BadData.FAIL).pictures())
                .containsExactly(new CaptionedPicture(folderByLink.resolve("a.png"), "one"));
    }

    @Test
    void aLinkInsideTheFolderIsAPictureLikeAnyOther(@TempDir Path elsewhere) throws IOException {
        SmallFolder.picture(elsewhere.resolve("far.png"), 10, 8);
        Files.createSymbolicLink(folder.resolve("c.png"), elsewhere.resolve("far.png"));
        list("{\"file_name\": \"c.png\", \"text\": \"far\"}");
        assertThat(PictureFolder.read(folder, BadData.FAIL).pictures())
                .containsExactly(new CaptionedPicture(folder.resolve("c.png"), "far"));
    }

    @Test
    void textThatIsNotUtf8NamesItsFile() throws IOException {
        byte[] latin1 = "a caf\u00e9".getBytes(StandardCharsets.ISO_8859_1);
        Files.write(folder.resolve("a.txt"), latin1);
        assertThatThrownBy(() -> PictureFolder.read(folder, BadData.FAIL))
                .isInstanceOf(IOException.class)
                .hasMessage(folder.resolve("a.txt") + ": is not UTF-8, see line 1, byte 6; save it as UTF-8");
        Files.write(folder.resolve("metadata.jsonl"), ("\n\n" + "a caf\u00e9").getBytes(StandardCharsets.ISO_8859_1));
        assertThatThrownBy(() -> PictureFolder.read(folder, BadData.FAIL))
                .hasMessage(folder.resolve("metadata.jsonl") + ": is not UTF-8, see line 3, byte 8; save it as UTF-8");
    }

    @Test
    void byteOrderMarksTellTheEncoding() throws IOException {
        String marked = "\uFEFFa caf\u00e9";
        for (var charset : List.of(StandardCharsets.UTF_8, StandardCharsets.UTF_16LE, StandardCharsets.UTF_16BE)) {
            Files.write(folder.resolve("a.txt"), marked.getBytes(charset));
            assertThat(PictureFolder.read(folder, BadData.FAIL)
                            .pictures()
                            .get(0)
                            .captions())
                    .as(charset.name())
                    .containsExactly("a caf\u00e9");
        }
        Files.write(folder.resolve("a.txt"), new byte[] {(byte) 0xFF, (byte) 0xFE, 'a', 0, 0, (byte) 0xDC});
        assertThatThrownBy(() -> PictureFolder.read(folder, BadData.FAIL))
                .isInstanceOf(IOException.class)
                .hasMessage(folder.resolve("a.txt") + ": is not UTF-16LE, see line 1, byte 5; save it as UTF-8");
    }

    @Test
    void whatIsLeftOutIsNamed() throws IOException {
        list("{\"file_name\": \"a.png\", \"text\": \"one\"}");
        for (String name : List.of("c.avif", "d.HEIC", "._a.png", "notes.txt", ".hidden")) {
            Files.writeString(folder.resolve(name), "x");
        }
        PictureFolder read = PictureFolder.read(folder, BadData.FAIL);
        assertThat(read.pictures()).containsExactly(new CaptionedPicture(folder.resolve("a.png"), "one"));
        assertThat(read.skipped())
                .containsExactly(
                        folder.resolve("._a.png") + ": is a hidden file",
                        folder.resolve("b.png") + ": is not in " + folder.resolve("metadata.jsonl"),
                        folder.resolve("c.avif") + ": is of a format that can't be read; save it as PNG or JPEG",
                        folder.resolve("d.HEIC") + ": is of a format that can't be read; save it as PNG or JPEG");
        assertThat(PictureFolder.read(folder, List.of("all")).skipped()).hasSize(3);
    }

    @Test
    void ofTheSplitsOfADataSetThatForTrainingIsRead(@TempDir Path set) throws IOException {
        SmallFolder.captioned(Files.createDirectory(set.resolve("train")), 1);
        Files.createDirectory(set.resolve("test"));
        PictureFolder read = PictureFolder.read(set, BadData.FAIL);
        assertThat(read.pictures()).extracting(CaptionedPicture::file).containsExactly(set.resolve("train/a.png"));
        assertThat(read.skipped()).singleElement().asString().contains("test: is another split");
    }

    @Test
    void ofSeveralCaptionsEachCounts() throws IOException {
        list("{\"file_name\": \"a.png\", \"text\": [\"one\", \" two \"]}");
        assertThat(PictureFolder.read(folder, BadData.FAIL).pictures())
                .containsExactly(new CaptionedPicture(folder.resolve("a.png"), List.of("one", "two")));
        list("{\"file_name\": \"a.png\", \"text\": [\"one\", 2]}");
        assertThatThrownBy(() -> PictureFolder.read(folder, BadData.FAIL)).hasMessageContaining("has no caption");
    }

    @Test
    void aFolderWithoutPicturesIsAnError(@TempDir Path empty) {
        assertThatThrownBy(() -> PictureFolder.read(empty, BadData.SKIP))
                .hasMessageContaining("no captioned pictures (bmp, gif, jfif, jpeg, jpg, png, tif, tiff, webp)");
        assertThatThrownBy(() -> PictureFolder.read(empty.resolve("not"), BadData.SKIP))
                .hasMessageContaining("no such folder");
    }

    @Test
    void anUnreadablePictureIsAnErrorOrASkip(@TempDir Path cache) throws IOException {
        Files.writeString(folder.resolve("a.png"), "no picture");
        PictureFolder read = PictureFolder.read(folder, BadData.FAIL);
        try (Vae vae = SmallFolder.vae()) {
            LatentCache latents = new LatentCache(cache, vae, new PictureTransform(8, 8, false, false));
            assertThatThrownBy(() -> PreparedPictures.of(read, latents, BadData.FAIL, done -> {}))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("a.png: not a picture");
            PreparedPictures prepared = PreparedPictures.of(read, latents, BadData.SKIP, done -> {});
            assertThat(prepared.pictures()).hasSize(1);
            assertThat(prepared.skipped()).singleElement().asString().contains("a.png");
        }
    }

    private void list(String text) throws IOException {
        Files.writeString(folder.resolve("metadata.jsonl"), text);
    }
}
