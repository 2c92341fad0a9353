package org.sd15.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.Transformer;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.util.MLWritable;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The stages as Spark's pipelines treat them. */
class StagesTest {

    private static final StructType PROMPTS =
            new StructType().add("prompt", "string").add("target", "string");

    @TempDir
    private Path folder;

    static Stream<Transformer> stages() {
        return Stream.of(
                new PictureGenerator()
                        .setSteps(3)
                        .setSettings("{\"width\": 64}")
                        .setOutputCol("drawn"),
                new PictureEditor()
                        .setMethod("masactrl")
                        .setTargetCol("target")
                        .setPromptCol("prompt")
                        .setSeed(7),
                new HeatMapper().setMapsCol("heat").setGuidance(3.5));
    }

    /** All that is set, and the name. */
    private static String told(Transformer stage) {
        return stage.uid() + "\n" + stage.explainParams();
    }

    @ParameterizedTest
    @MethodSource("stages")
    void areSavedAndLoadedWithAllThatIsSet(Transformer stage) throws Exception {
        Sessions.local();
        String path = folder.resolve("stage").toString();
        ((MLWritable) stage).save(path);
        Transformer loaded =
                (Transformer) stage.getClass().getMethod("load", String.class).invoke(null, path);
        assertThat(told(loaded)).isEqualTo(told(stage));
    }

    @ParameterizedTest
    @MethodSource("stages")
    void aCopyHasWhatIsSetAndWhatIsGivenBeside(Transformer stage) {
        assertThat(told(stage.copy(ParamMap.empty()))).isEqualTo(told(stage));
        Transformer other = stage.copy(
                new ParamMap().put(((DiffusionParams<?>) stage).steps().w(9)));
        assertThat(other.explainParam(other.getParam("steps"))).endsWith("(current: 9)");
        assertThat(told(stage)).doesNotContain("current: 9");
    }

    @ParameterizedTest
    @MethodSource("stages")
    void everyParameterIsExplained(Transformer stage) {
        assertThat(stage.params()).allSatisfy(param -> {
            assertThat(param.doc()).isNotBlank();
            assertThat(stage.explainParam(param)).startsWith(param.name() + ": " + param.doc());
        });
        assertThat(stage.explainParams()).contains("model: ").contains("mode: ").contains("errorCol: ");
    }

    @Test
    void aPipelineIsSavedAndDrawsTheSameWhenItIsLoaded() throws IOException {
        Dataset<Row> table = Sessions.table(
                PROMPTS,
                2,
                List.of(RowFactory.create("a small red circle", null), RowFactory.create("a blue star", null)));
        Pipeline pipeline = new Pipeline().setStages(new PipelineStage[] {
            new PictureGenerator().setSteps(1).setErrorCol("drawError"),
            new HeatMapper().setPictureCol("picture").setSteps(1)
        });
        String path = folder.resolve("pipeline").toString();
        pipeline.save(path);
        PipelineModel model = Pipeline.load(path).fit(table);
        model.save(folder.resolve("model").toString());
        List<Row> first =
                pipeline.fit(table).transform(table).select("picture", "seen").collectAsList();
        List<Row> again = PipelineModel.load(folder.resolve("model").toString())
                .transform(table)
                .select("picture", "seen")
                .collectAsList();
        for (int i = 0; i < first.size(); i++) {
            assertThat((byte[]) again.get(i).get(0))
                    .isEqualTo((byte[]) first.get(i).get(0));
            assertThat((byte[]) again.get(i).get(1))
                    .isEqualTo((byte[]) first.get(i).get(1))
                    .isNotNull();
        }
    }

    @Test
    void aSchemaGetsTheColumnsOfTheResults() {
        StructType schema = new HeatMapper().transformSchema(PROMPTS);
        assertThat(schema.fieldNames()).containsExactly("prompt", "target", "seen", "maps", "error");
        assertThat(schema.apply("maps").dataType().catalogString()).isEqualTo("map<string,binary>");
    }

    @Test
    void whatASchemaCannotHaveIsSaidAsSparkSaysIt() {
        PictureGenerator generator = new PictureGenerator();
        assertThatThrownBy(
                        () -> generator.copy(ParamMap.empty()).transformSchema(new StructType().add("text", "string")))
                .hasMessageContaining("prompt")
                .hasMessageContaining("text");
        assertThatThrownBy(() -> generator.transformSchema(new StructType().add("prompt", "int")))
                .hasMessage(
                        "requirement failed: Column prompt must be of type equal to one of the following types: [string] but was actually of type int.");
        assertThatThrownBy(() -> generator.transformSchema(PROMPTS.add("picture", "binary")))
                .hasMessage("requirement failed: Output column picture already exists.");
        assertThatThrownBy(() -> generator.setSteps(0)).hasMessageContaining("steps given invalid value 0");
        assertThatThrownBy(() -> generator.setMode("LENIENT")).hasMessageContaining("mode given invalid value LENIENT");
        assertThatThrownBy(() -> new PictureGenerator()
                        .setSteps(2)
                        .setSettings("{\"steps\": 3}")
                        .transformSchema(PROMPTS))
                .hasMessage(
                        "\"steps\" is a parameter of the stage and stands in its settings too: give one of the two");
        assertThatThrownBy(() -> new PictureGenerator().setScheduler("fastest").transformSchema(PROMPTS))
                .hasMessageContaining("scheduler is \"fastest\", must be one of");
    }
}
