package org.sd15.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.heatmap.HeatMap;
import org.sd15.pipeline.heatmap.HeatMapRequest;
import org.sd15.pipeline.heatmap.HeatMapRun;
import org.sd15.pipeline.image.PngFile;
import org.sd15.shapes.EmbeddedModel;

class HeatMapperTest {

    private static final String PROMPT = "a large blue star on a white background";
    private static final StructType PROMPTS = new StructType()
            .add("prompt", "string")
            .add("words", new ArrayType(DataTypes.StringType, true))
            .add("number", "bigint");

    private static Row row(long seed, String... words) {
        return RowFactory.create(PROMPT, words.length == 0 ? null : words, seed);
    }

    private static List<Row> mapped(int partitions, List<Row> rows) {
        return new HeatMapper()
                .setWordsCol("words")
                .setSeedCol("number")
                .setSteps(2)
                .transform(Sessions.table(PROMPTS, partitions, rows))
                .collectAsList();
    }

    @Test
    void mapsAreThoseOfOneProcess() throws IOException {
        Map<String, byte[]> maps =
                mapped(1, List.of(row(3, "star", "white"))).get(0).getJavaMap(4);
        assertThat(maps).containsOnlyKeys("star", "white");
        try (StableDiffusion model = StableDiffusion.load(EmbeddedModel.folder())) {
            HeatMapRun run = HeatMapRequest.of(PROMPT)
                    .sampling(usual -> usual.steps(2).seed(3))
                    .on(model);
            run.run().finish();
            HeatMap expected = run.maps().word("star").overlay(64, 64);
            BufferedImage found = PngFile.decode(maps.get("star"));
            assertThat(found.getWidth()).isEqualTo(64);
            for (int i = 0; i < 64 * 64; i++) {
                assertThat(found.getRaster().getSample(i % 64, i / 64, 0))
                        .isEqualTo(Math.round(255 * expected.at(i / 64, i % 64)));
            }
        }
    }

    @Test
    void eachNumberOfPartitionsGivesTheSameBytes() {
        List<Row> rows = List.of(row(1, "star"), row(2), row(3, "blue"), row(4, "star"));
        List<Row> one = mapped(1, rows);
        for (int partitions : new int[] {2, 3, 7}) {
            List<Row> more = mapped(partitions, rows);
            for (int i = 0; i < rows.size(); i++) {
                Map<String, byte[]> maps = one.get(i).getJavaMap(4);
                Map<String, byte[]> others = more.get(i).getJavaMap(4);
                assertThat(others).containsOnlyKeys(new ArrayList<>(maps.keySet()).toArray(String[]::new));
                maps.forEach(
                        (word, map) -> assertThat(others.get(word)).as(word).isEqualTo(map));
                assertThat(more.get(i).<byte[]>getAs("seen"))
                        .isEqualTo(one.get(i).<byte[]>getAs("seen"));
            }
        }
    }

    @Test
    void aWordThatIsNotThereIsTheErrorOfItsRow() {
        List<Row> done = mapped(1, List.of(row(1, "star"), row(1, "cat"), row(1, "blue"), row(1, "star", null)));
        assertThat(done).extracting(row -> row.getAs("maps") == null).containsExactly(false, true, false, true);
        assertThat(done.get(3).<String>getAs("error")).isEqualTo("one of the row's words is null: [star, null]");
        assertThat(done.get(1).<String>getAs("error")).contains("\"cat\"").contains(PROMPT);
    }
}
