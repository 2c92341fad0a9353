package org.sd15.spark.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sd15.pipeline.image.PngFile;
import org.sd15.pipeline.model.ModelFiles;
import org.sd15.pipeline.training.TrainedModel;
import org.sd15.pipeline.training.TrainingStep;
import org.sd15.pipeline.training.run.CheckpointSchedule;
import org.sd15.pipeline.training.run.Training;
import org.sd15.pipeline.training.run.TrainingBuilder;
import org.sd15.pipeline.training.run.TrainingListener;
import org.sd15.pipeline.training.run.TrainingSession;
import org.sd15.shapes.EmbeddedModel;
import org.sd15.spark.Masters;

/** Trainings of the embedded model whose gradients tasks compute, against the same in one process: the same bytes. */
class ClusterGradientsTest {

    private static final String EMBEDDED = "embedded";
    private static final LoraLayers LORA = new LoraLayers(2, 2, "cross-attention", false);
    private static final LoraLayers WITH_TEXT = new LoraLayers(2, 1, "cross-attention", true);

    @TempDir
    private Path folder;

    private Path pictures;

    @BeforeEach
    void draw() throws IOException {
        pictures = Files.createDirectory(folder.resolve("pictures"));
        Color[] colours = {Color.RED, Color.GREEN, Color.BLUE};
        for (int i = 0; i < colours.length; i++) {
            BufferedImage picture = new BufferedImage(64, 64, BufferedImage.TYPE_INT_RGB);
            for (int pixel = 0; pixel < 64 * 64; pixel++) {
                boolean inside = Math.hypot(pixel % 64 - 32, pixel / 64 - 32) < 12 + 6 * i;
                picture.setRGB(pixel % 64, pixel / 64, (inside ? colours[i] : Color.WHITE).getRGB());
            }
            Files.write(pictures.resolve(i + ".png"), PngFile.encode(picture, Map.of()));
            Files.writeString(pictures.resolve(i + ".txt"), "a circle number " + i);
        }
    }

    @AfterEach
    void stop() {
        Masters.stop();
    }

    private TrainingBuilder training(LoraLayers lora, String name) {
        return Training.lora(lora.method())
                .data(pictures)
                .output(folder.resolve(name + ".safetensors"))
                .steps(2)
                .settings(usual -> usual.accumulating(3))
                .checkpoints(CheckpointSchedule.every(1));
    }

    private static boolean run(TrainingBuilder training) throws IOException {
        try (ModelFiles model = ModelFiles.open(EmbeddedModel.folder())) {
            return training.build().run(model);
        }
    }

    private byte[] written(String name) throws IOException {
        return Files.readAllBytes(folder.resolve(name + ".safetensors"));
    }

    /** Losses, norms and rates of each step, without its time. */
    private List<String> logged(String name) throws IOException {
        List<String> rows = new ArrayList<>();
        for (String line : Files.readAllLines(folder.resolve(name + ".safetensors.training/log.csv"))) {
            rows.add(line.replaceAll("(,[^,]*){3}$", ""));
        }
        return rows;
    }

    @ParameterizedTest
    @CsvSource({"local[2], false", "local[1], true"})
    void hasTheBytesOfOneProcess(String master, boolean text) throws IOException {
        LoraLayers lora = text ? WITH_TEXT : LORA;
        assertThat(run(training(lora, "alone"))).isTrue();
        JavaSparkContext context = Masters.start(master);
        assertThat(run(training(lora, "cluster").gradients(ClusterGradients.on(context, EMBEDDED, lora))))
                .isTrue();
        assertThat(written("cluster")).isEqualTo(written("alone"));
        assertThat(logged("cluster")).hasSize(3).isEqualTo(logged("alone"));
    }

    @Test
    void aDriverThatStopsGoesOnFromItsCheckpointWithTheSameBytes() throws IOException {
        run(training(LORA, "alone"));
        UnaryOperator<TrainedModel> cluster = ClusterGradients.on(Masters.start("local[2]"), EMBEDDED, LORA);
        AtomicInteger asked = new AtomicInteger();
        boolean done = run(training(LORA, "cluster").gradients(cluster).stopWhen(() -> asked.incrementAndGet() > 1));
        assertThat(done).isFalse();
        Masters.stop();
        cluster = ClusterGradients.on(Masters.start("local[1]"), EMBEDDED, LORA);
        assertThat(run(training(LORA, "cluster").gradients(cluster).resume())).isTrue();
        assertThat(written("cluster")).isEqualTo(written("alone"));
    }

    @Test
    @Tag("full")
    void anExecutorThatIsKilledChangesNothing() throws IOException {
        run(training(LORA, "alone"));
        JavaSparkContext context = Masters.cluster();
        TrainingListener killing = new TrainingListener() {
            @Override
            public void stepped(TrainingStep step, TrainingSession session) {
                if (step.index() == 0) {
                    Masters.killExecutor();
                }
            }
        };
        run(training(LORA, "cluster").listener(killing).gradients(ClusterGradients.on(context, EMBEDDED, LORA)));
        assertThat(written("cluster")).isEqualTo(written("alone"));
        assertThat(logged("cluster")).isEqualTo(logged("alone"));
    }

    @Test
    void wholeWeightsAreRefusedWithTheBytesOfAStep() {
        JavaSparkContext context = Masters.start("local[1]");
        TrainingBuilder training = Training.full()
                .data(pictures)
                .output(folder.resolve("model"))
                .steps(1)
                .gradients(ClusterGradients.on(context, EMBEDDED, LORA));
        assertThatThrownBy(() -> run(training))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageMatching(
                        "only a LoRA learns on a cluster, and here others do: each step would send [0-9,]+ MB of weights .*");
    }

    @Test
    void anotherLoraThanTheTrainingHasIsTold() {
        JavaSparkContext context = Masters.start("local[1]");
        var wide = ClusterGradients.on(context, EMBEDDED, LoraLayers.attention(2));
        assertThatThrownBy(() -> run(training(LORA, "layers").gradients(wide)))
                .hasStackTraceContaining("give the layers of the training");
        var narrow = ClusterGradients.on(context, EMBEDDED, new LoraLayers(1, 1, "cross-attention", false));
        assertThatThrownBy(() -> run(training(LORA, "rank").gradients(narrow)))
                .hasStackTraceContaining("give the rank of the training");
        var stronger = ClusterGradients.on(context, EMBEDDED, new LoraLayers(2, 4, "cross-attention", false));
        assertThatThrownBy(() -> run(training(LORA, "alpha").gradients(stronger)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("(rank, alpha, layers) of the training");
    }
}
