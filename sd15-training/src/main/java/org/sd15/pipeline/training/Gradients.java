package org.sd15.pipeline.training;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Gradients by parameter, summed over the batches of a step. Owns its arrays. */
final class Gradients implements AutoCloseable {

    /** What PyTorch adds to the norm before it divides by it. */
    private static final double NEVER_ZERO = 1e-6;

    private final Map<String, INDArray> sums = new LinkedHashMap<>();

    /** Adds those of a batch, and takes them over or closes them. */
    void add(Map<String, INDArray> gradients) {
        gradients.forEach((name, gradient) -> {
            INDArray sum = sums.get(name);
            if (sum == null) {
                sums.put(name, gradient.closeable() ? gradient : gradient.dup('c'));
            } else {
                sum.addi(gradient);
                if (gradient.closeable()) {
                    gradient.close();
                }
            }
        });
    }

    /** The norm of all of them together, in double precision across parameters. */
    double norm() {
        return Math.sqrt(sums.values().stream()
                .mapToDouble(gradient -> gradient.norm2Number().doubleValue())
                .map(norm -> norm * norm)
                .sum());
    }

    /** What to multiply them by so that their norm is at most so much, as {@code torch.nn.utils.clip_grad_norm_} does. */
    static double clip(double norm, double most) {
        return Math.min(1, most / (norm + NEVER_ZERO));
    }

    /** One of them, which belongs to the caller from now on. */
    INDArray take(String name) {
        return Objects.requireNonNull(sums.remove(name), name);
    }

    @Override
    public void close() {
        sums.values().forEach(INDArray::close);
        sums.clear();
    }
}
