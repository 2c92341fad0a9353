package org.sd15.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerExecutorRemoved;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.edit.prompt.EditRequest;
import org.sd15.pipeline.image.Pictures;
import org.sd15.pipeline.image.PngFile;
import org.sd15.shapes.EmbeddedModel;

/** Executors that are processes of their own: a driver, two workers, as a cluster has them. */
class ClusterTest {

    private static final String SOURCE = "a large red circle on a white background";
    private static final String TARGET = "a large red star on a white background";
    private static final StructType EDITS =
            new StructType().add("prompt", "string").add("target", "string").add("number", "bigint");

    private static SparkSession cluster;

    @BeforeAll
    static void start() throws IOException {
        Masters.cluster();
        cluster = SparkSession.active();
    }

    @AfterAll
    static void stop() {
        Masters.stop();
    }

    private static List<Row> rows(int count) {
        List<Row> rows = new ArrayList<>();
        for (long seed = 1; seed <= count; seed++) {
            rows.add(RowFactory.create(SOURCE, TARGET, seed));
        }
        return rows;
    }

    private static List<byte[]> alone(int count, int steps) throws IOException {
        List<byte[]> pictures = new ArrayList<>();
        try (StableDiffusion model = StableDiffusion.load(EmbeddedModel.folder())) {
            for (long seed = 1; seed <= count; seed++) {
                long own = seed;
                var latents = EditRequest.of(SOURCE, TARGET)
                        .sampling(usual -> usual.steps(steps).seed(own))
                        .on(model)
                        .run()
                        .finish()
                        .get(NDArrayIndex.interval(1, 2));
                pictures.add(
                        PngFile.encode(Pictures.toImages(model.decode(latents)).get(0), Map.of()));
            }
        }
        return pictures;
    }

    private static Dataset<Row> edited(int count, int steps, int partitions) {
        return new PictureEditor()
                .setPromptCol("prompt")
                .setTargetCol("target")
                .setSeedCol("number")
                .setSteps(steps)
                .transform(Sessions.table(cluster, EDITS, partitions, rows(count)));
    }

    private static void assertSame(List<Row> done, List<byte[]> expected) {
        assertThat(done).extracting(row -> row.<String>getAs("error")).containsOnlyNulls();
        for (int i = 0; i < expected.size(); i++) {
            assertThat(done.get(i).<byte[]>getAs("edited")).as("row %d", i).isEqualTo(expected.get(i));
        }
    }

    @Test
    void anExecutorThatIsKilledTakesNothingWithIt() throws Exception {
        AtomicInteger removed = new AtomicInteger();
        CompletableFuture<Void> begun = new CompletableFuture<>();
        cluster.sparkContext().addSparkListener(new SparkListener() {
            @Override
            public void onTaskEnd(SparkListenerTaskEnd end) {
                begun.complete(null);
            }

            @Override
            public void onExecutorRemoved(SparkListenerExecutorRemoved executor) {
                removed.incrementAndGet();
            }
        });
        CompletableFuture<List<Row>> done =
                CompletableFuture.supplyAsync(() -> edited(8, 4, 8).collectAsList());
        begun.get(2, TimeUnit.MINUTES);
        Masters.killExecutor();
        assertSame(done.get(5, TimeUnit.MINUTES), alone(8, 4));
        assertThat(removed).hasPositiveValue();
    }

    @Test
    @Tag("full")
    void twoHundredEditsHaveTheBytesOfOneProcessInAnyNumberOfPartitions() throws IOException {
        List<byte[]> expected = alone(200, 2);
        for (int partitions : new int[] {1, 2, 3, 7}) {
            assertSame(edited(200, 2, partitions).collectAsList(), expected);
        }
    }
}
