package org.sd15.importer.io;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class InnerPathTest {

    @ParameterizedTest
    @CsvSource({
        "., a.png, ./a.png",
        "'', a.png, a.png",
        ".., a.png, ../a.png",
        "../data/, x/../a.png, ../data/a.png",
        "/data/., ./x/a.png, /data/./x/a.png",
        "/data, /data/a.png, /data/a.png",
        "data, ..a.png, data/..a.png",
    })
    void aNameInsideIsAFileOfTheFolderHoweverThatIsGiven(String folder, String name, String file) {
        assertThat(InnerPath.of(Path.of(folder), name)).contains(Path.of(file));
    }

    @ParameterizedTest
    @ValueSource(strings = {"../a.png", "x/../../a.png", "../../../etc/x.png", "/etc/x.png", "..", "a\0.png"})
    void aNameThatLeadsOutIsNone(String name) {
        for (String folder : new String[] {".", "..", "../..", "data", "/data", "", "../data"}) {
            assertThat(InnerPath.of(Path.of(folder), name)).as(folder).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {".", "data", ".."})
    void anAbsoluteNameInsideOfARelativeFolderIsAFileOfIt(String folder) {
        String name = Path.of(folder).toAbsolutePath().resolve("x/a.png").toString();
        assertThat(InnerPath.of(Path.of(folder), name)).contains(Path.of(folder).resolve("x/a.png"));
    }
}
