package org.sd15.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.sd15.pipeline.training.data.BadData;
import org.sd15.pipeline.training.data.PictureFolder;

/** Folders of pictures with captions as people have them: nothing is left out that isn't named. */
class CaptionsPeopleBringTest {

    @TempDir
    private static Path root;

    private static int folders;

    /** A folder of one picture. */
    private static Path folder(String picture) throws IOException {
        Path folder = Files.createDirectory(root.resolve("folder-" + folders++));
        ImageIO.write(
                new BufferedImage(16, 16, BufferedImage.TYPE_INT_RGB),
                "png",
                folder.resolve(picture).toFile());
        return folder;
    }

    private static Path with(String picture, String name, byte[] text) throws IOException {
        Path folder = folder(picture);
        Files.write(folder.resolve(name), text);
        return folder;
    }

    private static Path with(String picture, String name, String text) throws IOException {
        return with(picture, name, text.getBytes(StandardCharsets.UTF_8));
    }

    private static void assertCaptions(Path folder, String... captions) throws IOException {
        PictureFolder read = PictureFolder.read(folder, BadData.FAIL);
        assertThat(read.pictures())
                .singleElement()
                .satisfies(picture -> assertThat(picture.captions()).containsExactly(captions));
        assertThat(read.skipped()).isEmpty();
    }

    @TestFactory
    Stream<DynamicTest> captions() {
        return new Brought()
                .reads(
                        "a table saved by Excel",
                        () -> assertCaptions(
                                with(
                                        "a.png",
                                        "metadata.csv",
                                        "\uFEFFfile_name,text\r\na.png,\"a star, \"\"red\"\"\"\r\n"),
                                "a star, \"red\""))
                .reads(
                        "a list in UTF-16",
                        () -> assertCaptions(
                                with(
                                        "a.png",
                                        "metadata.jsonl",
                                        "\uFEFF{\"file_name\": \"a.png\", \"text\": \"caf\u00e9\"}"
                                                .getBytes(StandardCharsets.UTF_16LE)),
                                "caf\u00e9"))
                .reads(
                        "an upper-case extension of a picture",
                        () -> assertCaptions(with("A.PNG", "A.txt", "a star"), "a star"))
                .reads(
                        "pictures that browsers have saved as .jfif",
                        () -> assertCaptions(with("a.jfif", "a.txt", "a star"), "a star"))
                .reads("several captions", () -> {
                    Path folder =
                            with("a.png", "metadata.jsonl", "{\"file_name\": \"a.png\", \"text\": [\"one\", \"two\"]}");
                    assertCaptions(folder, "one", "two");
                    assertThat(PictureFolder.read(folder, BadData.FAIL).withSeveralCaptions())
                            .isEqualTo(1);
                })
                .reads(
                        "a caption in lines of Windows",
                        () -> assertCaptions(with("a.png", "a.txt", "a star,\r\nred\r\n"), "a star,\r\nred"))
                .refuses(
                        "captions in Windows' Western encoding",
                        () -> assertCaptions(
                                with("a.png", "a.txt", "a caf\u00e9".getBytes(StandardCharsets.ISO_8859_1))),
                        "a.txt: is not UTF-8, see line 1, byte 6")
                .refuses(
                        "captions in .caption files",
                        () -> assertCaptions(with("a.png", "a.caption", "a star")),
                        "a.png: has no caption; write what it shows into ",
                        "a.txt")
                .refuses(
                        "a list called metadata.json",
                        () -> assertCaptions(with("a.png", "metadata.json", "[]")),
                        "metadata.json: is not read")
                .refuses(
                        "a table with semicolons",
                        () -> assertCaptions(with("a.png", "metadata.csv", "file_name;text\na.png;a star")),
                        "metadata.csv: has no column file_name, only: file_name;text")
                .refuses(
                        "Windows' separators in a list",
                        () -> assertCaptions(
                                with("a.png", "metadata.jsonl", "{\"file_name\": \"in\\\\a.png\", \"text\": \"x\"}")),
                        "metadata.jsonl line 1: ",
                        "in\\a.png")
                .refuses(
                        "a caption that is a number",
                        () -> assertCaptions(
                                with("a.png", "metadata.jsonl", "{\"file_name\": \"a.png\", \"text\": 7}")),
                        "a.png: has no caption")
                .tests();
    }

    /** As a command tells it. */
    @Test
    void severalCaptionsAreToldBeforeTheFirstStep() throws IOException {
        Path folder = with("a.png", "metadata.jsonl", "{\"file_name\": \"a.png\", \"text\": [\"one\", \"two\"]}");
        List<String> line = List.of("train", "lora", "--data", folder.toString(), "--train-steps", "1", "--rank", "1");
        Cli cli = Cli.run(Stream.concat(
                        line.stream(),
                        Stream.of("--output", root.resolve("lora.safetensors").toString()))
                .toArray(String[]::new));
        assertThat(cli.exit()).as(cli.err()).isZero();
        assertThat(cli.err()).contains("1 of 1 pictures have several captions, of which one is drawn each time");
    }
}
