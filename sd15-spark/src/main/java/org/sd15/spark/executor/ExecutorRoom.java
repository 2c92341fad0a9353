package org.sd15.spark.executor;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.spark.SparkConf;
import org.apache.spark.network.util.JavaUtils;
import org.sd15.pipeline.model.ModelFiles;
import org.sd15.pipeline.text.ClipTextEncoder;
import org.sd15.pipeline.vae.Vae;
import org.sd15.unet.UNet;

/**
 * What an executor of a cluster has for a model, by Spark's settings.
 *
 * @param tasks that run at the same time
 * @param taskCpus cores of each
 * @param overhead bytes of the process beside its heap; negative where the cluster sets no bound
 * @param nativeBytes bytes that JavaCPP may allocate
 */
public record ExecutorRoom(int tasks, int taskCpus, long overhead, long nativeBytes) {

    /**
     * Bytes that a run takes for each pixel beside the weights: 1.3 GB at 512x512, where decoding takes most. See the table
     * of memory in the README.
     */
    private static final long WORK_OF_A_PIXEL = 5 << 10;

    private static final long MEBIBYTE = 1 << 20;
    private static final long LEAST_OVERHEAD = 384 * MEBIBYTE;
    private static final Pattern JAVACPP = Pattern.compile("-Dorg\\.bytedeco\\.javacpp\\.maxbytes=([0-9]+[kKmMgGtT]?)");

    /**
     * The executors of a cluster.
     *
     * @return what the settings say, with Spark's defaults
     */
    static ExecutorRoom of(SparkConf settings) {
        int taskCpus = settings.getInt("spark.task.cpus", 1);
        int tasks = Math.max(1, settings.getInt("spark.executor.cores", taskCpus) / taskCpus);
        long heap = settings.getSizeAsBytes("spark.executor.memory", "1g");
        Matcher limit = JAVACPP.matcher(settings.get("spark.executor.extraJavaOptions", ""));
        long bytes = limit.find() ? JavaUtils.byteStringAsBytes(limit.group(1)) : heap;
        return new ExecutorRoom(tasks, taskCpus, overhead(settings, heap), bytes == 0 ? Long.MAX_VALUE : bytes);
    }

    private static long overhead(SparkConf settings, long heap) {
        if (!settings.get("spark.master", "").matches("yarn.*|k8s:.*")) {
            return -1;
        }
        double factor = settings.getDouble("spark.executor.memoryOverheadFactor", 0.1);
        long usual = Math.max(LEAST_OVERHEAD, (long) (factor * heap));
        return settings.getSizeAsMb("spark.executor.memoryOverhead", usual / MEBIBYTE + "m") * MEBIBYTE;
    }

    /**
     * Makes sure, before a job starts, that its model fits into the executors. Nothing is checked in local mode, where the
     * driver computes, and for a model that only executors have.
     *
     * @throws IllegalArgumentException if it can't fit; the message has the settings with which it would
     * @throws IOException if the model can't be read
     */
    public static void require(SparkConf settings, ModelLocation location) throws IOException {
        String master = settings.get("spark.master", "");
        if (location.isSent() || master.startsWith("local") && !master.startsWith("local-cluster")) {
            return;
        }
        try (ModelFiles files = ModelFiles.open(location.path())) {
            int side = files.sampleSize() * files.vaeConfig().factor();
            of(settings).require(location, weights(files), WORK_OF_A_PIXEL * side * side);
        }
    }

    private static long weights(ModelFiles files) throws IOException {
        return Stream.of(
                        UNet.parameters(files.unetConfig()),
                        ClipTextEncoder.parameters(files.textConfig()),
                        Vae.parameters(files.vaeConfig()))
                .flatMap(List::stream)
                .mapToLong(parameter -> Float.BYTES * parameter.length())
                .sum();
    }

    /**
     * Makes sure that a model fits.
     *
     * @param weights bytes of the weights in float32, once for all tasks
     * @param work bytes of a run, once for each task
     */
    void require(ModelLocation model, long weights, long work) {
        long needed = weights + tasks * work;
        String needs =
                "%d tasks at once on an executor with the model %s need %s beside the heap (%s of weights for all tasks, %s of work for each)"
                        .formatted(tasks, model, size(needed), size(weights), size(work));
        String fewer = tasks == 1 ? "" : ", or spark.task.cpus=%d for one task at a time".formatted(tasks * taskCpus);
        if (overhead >= 0 && needed > overhead) {
            throw new IllegalArgumentException("%s, and spark.executor.memoryOverhead leaves %s: set it to %dm%s"
                    .formatted(needs, size(overhead), needed / MEBIBYTE + 1, fewer));
        }
        if (needed > nativeBytes) {
            throw new IllegalArgumentException(
                    "%s, and JavaCPP may allocate %s: set spark.executor.extraJavaOptions to \"-Dorg.bytedeco.javacpp.maxbytes=%dm -Dorg.bytedeco.javacpp.maxphysicalbytes=0\"%s"
                            .formatted(needs, size(nativeBytes), needed / MEBIBYTE + 1, fewer));
        }
    }

    private static String size(long bytes) {
        return String.format(Locale.ROOT, "%,d MiB", bytes / MEBIBYTE);
    }
}
