package org.sd15.spark.executor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.apache.spark.SparkConf;
import org.junit.jupiter.api.Test;

class ExecutorRoomTest {

    private static final long MEBIBYTE = 1 << 20;
    private static final long SD15 = 4100 * MEBIBYTE;
    private static final long WORK = 1300 * MEBIBYTE;

    private static ExecutorRoom room(Map<String, String> settings) {
        SparkConf conf = new SparkConf(false);
        settings.forEach(conf::set);
        return ExecutorRoom.of(conf);
    }

    @Test
    void readsWhatSparkSaysWithItsDefaults() {
        assertThat(room(Map.of("spark.master", "yarn")))
                .isEqualTo(new ExecutorRoom(1, 1, 384 * MEBIBYTE, 1024 * MEBIBYTE));
        assertThat(room(Map.of(
                        "spark.master", "k8s://https://here",
                        "spark.executor.cores", "8",
                        "spark.task.cpus", "4",
                        "spark.executor.memory", "8g",
                        "spark.executor.memoryOverheadFactor", "0.4")))
                .isEqualTo(new ExecutorRoom(2, 4, 3276 * MEBIBYTE, 8192 * MEBIBYTE));
        assertThat(room(Map.of(
                        "spark.master", "spark://here:7077",
                        "spark.executor.extraJavaOptions", "-Xss2m -Dorg.bytedeco.javacpp.maxbytes=6g")))
                .isEqualTo(new ExecutorRoom(1, 1, -1, 6144 * MEBIBYTE));
        assertThat(room(Map.of("spark.executor.extraJavaOptions", "-Dorg.bytedeco.javacpp.maxbytes=0"))
                        .nativeBytes())
                .isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void refusesWhatCannotFitWithTheSettingThatWould() {
        ModelLocation model = new ModelLocation("/models/sd15");
        assertThatThrownBy(() -> new ExecutorRoom(2, 4, 4000 * MEBIBYTE, Long.MAX_VALUE).require(model, SD15, WORK))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "2 tasks at once on an executor with the model /models/sd15 need 6,700 MiB beside the heap (4,100 MiB of weights for all tasks, 1,300 MiB of work for each), and spark.executor.memoryOverhead leaves 4,000 MiB: set it to 6701m, or spark.task.cpus=8 for one task at a time");
        assertThatThrownBy(() -> new ExecutorRoom(1, 1, -1, 1024 * MEBIBYTE).require(model, SD15, WORK))
                .hasMessageContaining("JavaCPP may allocate 1,024 MiB")
                .hasMessageContaining(
                        "\"-Dorg.bytedeco.javacpp.maxbytes=5401m -Dorg.bytedeco.javacpp.maxphysicalbytes=0\"")
                .hasMessageNotContaining("spark.task.cpus=");
        assertThatCode(() -> new ExecutorRoom(1, 1, 5400 * MEBIBYTE, 5400 * MEBIBYTE).require(model, SD15, WORK))
                .doesNotThrowAnyException();
    }

    @Test
    void whatItSetsWouldFit() {
        ModelLocation model = new ModelLocation("/models/sd15");
        ExecutorRoom mended = room(Map.of(
                "spark.master", "yarn",
                "spark.executor.memoryOverhead", "5401m",
                "spark.executor.extraJavaOptions", "-Dorg.bytedeco.javacpp.maxbytes=5401m"));
        assertThatCode(() -> mended.require(model, SD15, WORK)).doesNotThrowAnyException();
    }

    @Test
    void aPathThatCannotBeMappedIsRefused() {
        assertThatThrownBy(() -> new ModelLocation("hdfs://name/models/sd15"))
                .hasMessageContaining("weights are mapped")
                .hasMessageContaining("SparkContext.addFile");
        assertThatThrownBy(() -> new ModelLocation("files:none").path()).hasMessageContaining("files:none");
        assertThatThrownBy(() -> new ModelLocation(" ")).hasMessageContaining("is empty");
    }
}
