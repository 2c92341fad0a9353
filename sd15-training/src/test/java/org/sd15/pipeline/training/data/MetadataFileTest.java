package org.sd15.pipeline.training.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Lists of pictures as Hugging Face's imagefolder has them; nothing that lies in a folder is left out unnamed. */
class MetadataFileTest {

    @TempDir
    private Path folder;

    @BeforeEach
    void twoPictures() throws IOException {
        SmallFolder.captioned(folder, 2);
    }

    private PictureFolder read(String list, String text) throws IOException {
        Files.writeString(folder.resolve(list), text);
        return PictureFolder.read(folder, BadData.FAIL);
    }

    private CaptionedPicture picture(String name, String... captions) {
        return new CaptionedPicture(folder.resolve(name), List.of(captions));
    }

    @Test
    void readsATable() throws IOException {
        PictureFolder read = read(
                "metadata.csv",
                "score,file_name,text\r\n1,b.png,\"a star, \"\"red\"\",\r\non gray\"\r\n\r\n\"2\",a.png,a circle");
        assertThat(read.pictures())
                .containsExactly(picture("b.png", "a star, \"red\",\r\non gray"), picture("a.png", "a circle"));
        assertThat(read.skipped())
                .containsExactly(
                        folder.resolve("metadata.csv") + ": what it says of score, as neither file_name nor a caption");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\'',
            value = {
                "file_name;text/a.png;x | : has no column file_name, only: file_name;text",
                "'' | : has no column file_name, only: ",
                "file_name,text/a.png,a star, red | line 2: has 3 fields, there are 2 columns",
                "file_name,text/a.png | line 2: has 1 fields, there are 2 columns",
                "file_name,text/a.png,x/b.png,\"a star/red | line 3: a quote is opened and never closed",
                "file_name,text/a.png,\"a star/red\" one | line 3: something follows a closed quote",
                "file_name,text/a.png,x/c.png,x | line 3: there is no picture",
                "file_name,text/a.png, | a.png: has no caption; write what it shows into \"text\" in",
                "file_name,text/../../a.png,x | lies outside of the folder",
                "file_name,url/a.png,x | a.png: has no caption"
            })
    void aBadTableIsOneClearError(String table, String message) {
        assertThatThrownBy(() -> read("metadata.csv", table.replace("/", "\n").replace("..\n", "../")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(folder.toString())
                .hasMessageContaining(message);
    }

    @Test
    void objectsMayHaveLineBreaks() throws IOException {
        String pretty =
                "{\n  \"file_name\": \"a.png\",\n  \"text\": \"one\"\n}\n\n{\"file_name\": \"b.png\",\n\"text\": \"two\"}";
        assertThat(read("metadata.jsonl", pretty).pictures())
                .containsExactly(picture("a.png", "one"), picture("b.png", "two"));
        assertThatThrownBy(() -> read("metadata.jsonl", pretty + "\n{\n\"text\": \"three\"\n}"))
                .hasMessage(folder.resolve("metadata.jsonl") + " line 8: has no \"file_name\"");
        assertThatThrownBy(() -> read("metadata.jsonl", pretty + " and more"))
                .hasMessageStartingWith(folder.resolve("metadata.jsonl") + " line 7: is no JSON object: ");
    }

    /** Two objects on a line were one before, without a word. */
    @Test
    void everyObjectOfALineCounts() throws IOException {
        assertThat(read(
                                "metadata.jsonl",
                                "{\"file_name\": \"a.png\", \"text\": \"one\"} {\"file_name\": \"b.png\", \"text\": \"two\"}")
                        .pictures())
                .containsExactly(picture("a.png", "one"), picture("b.png", "two"));
    }

    @Test
    void whatListsDoNotSayIsNamed() throws IOException {
        SmallFolder.captioned(folder.resolve("more/deep"), 3);
        Files.writeString(folder.resolve("metadata.csv"), "file_name,text\na.png,x");
        PictureFolder read = read("metadata.jsonl", """
                {"file_name": "a.png", "text": "one", "width": 3, "hash": "x"}
                {"file_name": "more/deep/b.png", "text": "two", "license": null}
                """);
        assertThat(read.pictures()).hasSize(2);
        assertThat(read.skipped())
                .containsExactly(
                        folder.resolve("metadata.jsonl")
                                + ": what it says of hash, license, width, as neither file_name nor a caption",
                        folder.resolve("metadata.csv") + ": is a second list; " + folder.resolve("metadata.jsonl")
                                + " is read",
                        folder.resolve("b.png") + ": is not in " + folder.resolve("metadata.jsonl"),
                        folder.resolve("more") + ": is a folder of 2 pictures that no list names");
    }

    @Test
    void splitsAreCountedAndTheirListsAreRead(@TempDir Path set) throws IOException {
        SmallFolder.captioned(set.resolve("train"), 2);
        Files.writeString(set.resolve("train/metadata.csv"), "file_name,text\na.png,one\nb.png,two");
        SmallFolder.captioned(set.resolve("validation/inner"), 3);
        SmallFolder.captioned(set.resolve("test"), 1);
        PictureFolder read = PictureFolder.read(set, BadData.FAIL);
        assertThat(read.pictures())
                .containsExactly(
                        new CaptionedPicture(set.resolve("train/a.png"), "one"),
                        new CaptionedPicture(set.resolve("train/b.png"), "two"));
        assertThat(read.skipped())
                .containsExactly(
                        set.resolve("test") + ": is another split, of 1 picture; only that for training is read",
                        set.resolve("validation")
                                + ": is another split, of 3 pictures; only that for training is read");
    }

    /** A slip of the pen in the list's name is named, where it is all there is and where captions lie beside the pictures. */
    @ParameterizedTest
    @ValueSource(strings = {"metadata.json1", "metadata.json", "Metadata.jsonl", "metadata.CSV", "metadata.parquet"})
    void aListOfAnotherNameIsNamed(String list) throws IOException {
        String hint = folder.resolve(list) + ": is not read, a list is called metadata.jsonl or metadata.csv";
        assertThat(read(list, "{}").skipped()).containsExactly(hint);
        Files.delete(folder.resolve("a.txt"));
        assertThatThrownBy(() -> PictureFolder.read(folder, BadData.FAIL))
                .hasMessage("%s: has no caption; write what it shows into %s; %s"
                        .formatted(folder.resolve("a.png"), folder.resolve("a.txt"), hint));
    }

    @Test
    void picturesWithSeveralCaptionsAreCounted() throws IOException {
        PictureFolder read = read("metadata.jsonl", """
                {"file_name": "a.png", "text": ["one", "another"]}
                {"file_name": "b.png", "text": ["two"]}
                """);
        assertThat(read.withSeveralCaptions()).isEqualTo(1);
        assertThat(read.pictures()).hasSize(2);
    }
}
