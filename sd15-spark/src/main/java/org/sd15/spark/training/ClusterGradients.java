package org.sd15.spark.training;

import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.training.AdaptedLayers;
import org.sd15.pipeline.training.TrainedModel;
import org.sd15.spark.executor.ModelLocation;

/**
 * A LoRA whose gradients are computed on a cluster. A batch is cut into the passes of a step, as many as a training accumulates;
 * each goes to a task with the weights as they are, and the gradients come back in the order of the passes. So a training has
 * the bits of one process that accumulates as many, whatever the number of executors.
 *
 * <pre>{@code
 * LoraLayers lora = LoraLayers.attention(4);
 * Training.lora(lora.method())
 *         .settings(usual -> usual.accumulating(8))
 *         .gradients(ClusterGradients.on(context, "stable-diffusion-v1-5", lora))
 * }</pre>
 */
public final class ClusterGradients implements TrainedModel {

    private static final long MEGABYTE = 1_000_000;

    /** How far the driver's gradients may be from an executor's, which may have another CPU. */
    private static final double SAME = 1e-3;

    private final TrainedModel model;
    private final JavaSparkContext context;
    private final ModelLocation location;
    private final LoraLayers lora;
    private final String run = UUID.randomUUID().toString();
    private long step;
    private boolean compared;

    private ClusterGradients(TrainedModel model, JavaSparkContext context, ModelLocation location, LoraLayers lora) {
        this.model = model;
        this.context = context;
        this.location = location;
        this.lora = lora;
    }

    /**
     * Has the gradients of a LoRA computed on a cluster.
     *
     * @param model where executors find the model, as the stages have it: a path that all of them see, {@code files:NAME} or
     *     {@code embedded}; it is the one that is trained
     * @param lora what is trained
     * @return for {@code TrainingBuilder.gradients}, which refuses a training of anything but low-rank additions
     */
    public static UnaryOperator<TrainedModel> on(JavaSparkContext context, String model, LoraLayers lora) {
        ModelLocation location = new ModelLocation(model);
        return local -> {
            requireLora(local);
            return new ClusterGradients(local, context, location, lora);
        };
    }

    /**
     * Refuses whole weights, which would go over the network twice a step.
     *
     * @throws IllegalArgumentException if anything but low-rank additions learns; the message has the bytes of a step
     */
    private static void requireLora(TrainedModel model) {
        if (model.parameters().keySet().stream().allMatch(AdaptedLayers::isLora)) {
            return;
        }
        long bytes = model.parameters().values().stream()
                .mapToLong(array -> Float.BYTES * array.length())
                .sum();
        throw new IllegalArgumentException(String.format(
                Locale.ROOT,
                "only a LoRA learns on a cluster, and here others do: each step would send %,d MB of weights to every executor and get %,d MB of gradients back from every pass; train in one process",
                bytes / MEGABYTE,
                bytes / MEGABYTE));
    }

    /**
     * Makes sure that executors have the model of the driver and a LoRA of the same scale: at the first step, the driver computes
     * one pass as well.
     */
    private void requireSameModel(Pass pass, SentResult there) {
        Result here = model.gradient(pass);
        double difference = 0;
        double norm = 0;
        for (Map.Entry<String, INDArray> own : here.gradients().entrySet()) {
            INDArray other =
                    Objects.requireNonNull(there.gradients().get(own.getKey())).array();
            difference += Math.pow(other.distance2(own.getValue()), 2);
            norm += Math.pow(own.getValue().norm2Number().doubleValue(), 2);
            other.close();
            if (own.getValue().closeable()) {
                own.getValue().close();
            }
        }
        boolean same = Math.abs(here.loss() - there.loss()) <= SAME * Math.abs(here.loss())
                && Math.sqrt(difference) <= SAME * Math.sqrt(norm);
        if (!same && Double.isFinite(here.loss())) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "the first pass has a loss of %s here and of %s on an executor, and gradients that differ by %.1e of their norm %.1e: give executors the model and the LoRA (rank, alpha, layers) of the training",
                    here.loss(),
                    there.loss(),
                    Math.sqrt(difference),
                    Math.sqrt(norm)));
        }
    }

    @Override
    public Map<String, INDArray> parameters() {
        return model.parameters();
    }

    @Override
    public Result gradient(Pass pass) {
        return gradients(List.of(pass)).next();
    }

    @Override
    public Iterator<Result> gradients(List<Pass> passes) {
        Broadcast<StepWeights> weights = context.broadcast(StepWeights.of(run, step++, parameters()));
        try {
            List<SentPass> sent = passes.stream().map(SentPass::of).toList();
            int tasks = Math.min(sent.size(), Math.max(1, context.defaultParallelism()));
            List<SentResult> results = context.parallelize(sent, tasks)
                    .map(new PassJob(location, lora, weights))
                    .collect();
            if (!compared) {
                requireSameModel(passes.get(0), results.get(0));
                compared = true;
            }
            return results.stream().map(SentResult::result).iterator();
        } finally {
            weights.destroy();
        }
    }
}
