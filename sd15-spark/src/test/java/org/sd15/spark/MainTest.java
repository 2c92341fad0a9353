package org.sd15.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MainTest {

    @TempDir
    private Path folder;

    @BeforeEach
    void start() {
        Sessions.local();
    }

    private String path(String name) {
        return folder.resolve(name).toString();
    }

    @Test
    void readsATableRunsTheStageAndWritesATable() throws IOException {
        Files.writeString(
                folder.resolve("prompts.csv"),
                "prompt,number\na large blue star on a white background,3\na small red circle,4\n");
        Main.main(
                "generate",
                "--input",
                path("prompts.csv"),
                "--format",
                "csv",
                "--output",
                path("drawn"),
                "--steps",
                "2",
                "--guidance",
                "6.5",
                "--seed",
                "1",
                "--seedCol",
                "number",
                "--settings",
                "{\"clipSkip\": 0}");
        List<Row> drawn =
                Sessions.local().read().parquet(path("drawn")).orderBy("number").collectAsList();
        StructType prompts = new StructType().add("prompt", "string").add("number", "int");
        List<Row> expected = new PictureGenerator()
                .setSteps(2)
                .setGuidance(6.5)
                .setSeedCol("number")
                .transform(Sessions.table(
                        prompts,
                        1,
                        List.of(
                                RowFactory.create("a large blue star on a white background", 3),
                                RowFactory.create("a small red circle", 4))))
                .collectAsList();
        assertThat(drawn).hasSize(2);
        for (int i = 0; i < 2; i++) {
            assertThat(drawn.get(i).<byte[]>getAs("picture"))
                    .isEqualTo(expected.get(i).<byte[]>getAs("picture"));
        }
    }

    @Test
    void saysWhatIsWrongWithItsArguments() {
        assertThatThrownBy(Main::main)
                .hasMessage("the first argument is missing, must be one of [edit, generate, heatmap]");
        assertThatThrownBy(() -> Main.main("draw")).hasMessageStartingWith("the first argument is \"draw\"");
        assertThatThrownBy(() -> Main.main("edit", "--input", "a")).hasMessageStartingWith("--output is missing");
        assertThatThrownBy(() -> Main.main("edit", "input", "a")).hasMessage("\"input\" must be --NAME VALUE");
        assertThatThrownBy(() -> Main.main("edit", "--input", "a", "--output", "b", "--stps", "3"))
                .hasMessageStartingWith("--stps is no parameter of the stage; there are ")
                .hasMessageContaining("targetCol");
        assertThatThrownBy(() -> Main.main("edit", "--input", "a", "--output", "b", "--steps", "many"))
                .hasMessage("--steps is \"many\", must be a number");
    }
}
