package org.sd15.pipeline.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.sd15.attention.graph.Execution;
import org.sd15.importer.io.ImportException;
import org.sd15.pipeline.schedule.PredictionType;
import org.sd15.testing.Fixture;

/** The YAML beside a checkpoint tells what the model predicts, or nothing. */
class ParameterizationTest {

    private static final Path LDM = Fixture.resource("import", "foreign/ldm.ckpt");

    @TempDir
    private Path folder;

    private @Nullable PredictionType read(String name, String yaml) throws IOException {
        Files.writeString(folder.resolve(name), yaml);
        return Parameterization.beside(folder.resolve("model.ckpt"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            parameterization: "v"             | V_PREDICTION
            parameterization: 'v'  # velocity | V_PREDICTION
            "parameterization": v             | V_PREDICTION
            parameterization: eps             | EPSILON
            parameterization: "x0"            | SAMPLE
            # parameterization: "v"           |
            linear_start: 0.00085             |
            """)
    void oneKeyIsRead(String line, @Nullable PredictionType expected) throws IOException {
        String yaml = "model:\n  params:\n    " + line + "\n    timesteps: 1000\n";
        assertThat(read("model.yaml", yaml)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"velocity", "\"v", "[v]", ""})
    void anotherValueIsRefused(String value) {
        assertThatThrownBy(() -> read("model.yaml", "parameterization: " + value + "\n"))
                .isInstanceOf(ImportException.class)
                .hasMessageContaining("model.yaml")
                .hasMessageContaining("must be eps, v or x0");
    }

    @Test
    void twoValuesAreRefused() {
        assertThatThrownBy(() -> read("model.yaml", "parameterization: v\nparameterization: eps\n"))
                .isInstanceOf(ImportException.class)
                .hasMessageEndingWith(
                        "model.yaml: says parameterization more than once, and not the same; say which it is with"
                                + " prediction(type)");
    }

    @Test
    void aCheckpointIsReadByIt() throws IOException {
        Path checkpoint = Files.copy(LDM, folder.resolve("model.ckpt"));
        assertThat(prediction(ModelSource.of(checkpoint))).isEqualTo(PredictionType.EPSILON);
        Files.writeString(folder.resolve("model.yml"), "parameterization: v");
        assertThat(prediction(ModelSource.of(checkpoint))).isEqualTo(PredictionType.V_PREDICTION);
        assertThat(prediction(ModelSource.of(checkpoint).prediction(PredictionType.EPSILON)))
                .isEqualTo(PredictionType.EPSILON);
    }

    private static PredictionType prediction(ModelSource source) throws IOException {
        try (ModelFiles files = ModelFiles.open(source, Execution.NATIVE)) {
            return files.scheduler().config().prediction();
        }
    }
}
