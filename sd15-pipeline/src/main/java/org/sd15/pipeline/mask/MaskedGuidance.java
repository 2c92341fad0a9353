package org.sd15.pipeline.mask;

import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.IntToDoubleFunction;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.pipeline.denoise.EditProgram;
import org.sd15.pipeline.denoise.RowLayout;

/**
 * The masks of LEDITS++ for an edit through the prompt: a target follows its own prediction where its words, or those of
 * the source that they replace, draw attention and where it differs from the source's prediction most; everywhere else it
 * follows the source's.
 *
 * <pre>e_target = e_source + M (e_target - e_source)</pre>
 *
 * <p>On an inversion with noise maps source and target draw the same noise, and a sampler works pixel by pixel. So a pixel
 * that no mask has covered is the source's, bit by bit, and the source is the picture that was given. Neither
 * prompt-to-prompt, whose background drifts, nor LEDITS++, whose unconditional prediction sees the edit, can promise that.
 *
 * <p>Comes after the programs that make the predictions.
 */
public final class MaskedGuidance implements EditProgram {

    /**
     * What the program needs to know of its run.
     *
     * @param tokens of the words that may change, for the source and each target
     * @param threshold share of the picture that the masks leave out
     * @param kind which masks
     * @param rows of the batch
     * @param attention reads attention masks
     * @param timestep of a step
     */
    public record MaskInputs(
            List<Set<Integer>> tokens,
            double threshold,
            MaskKind kind,
            RowLayout rows,
            AttentionMask attention,
            IntToDoubleFunction timestep) {

        /** Copies the lists. */
        public MaskInputs {
            tokens = tokens.stream().map(Set::copyOf).toList();
            if (tokens.size() != rows.pictures()) {
                throw new IllegalArgumentException(
                        "words for %d pictures, there are %d".formatted(tokens.size(), rows.pictures()));
            }
        }
    }

    private final MaskInputs inputs;
    private final Map<Integer, double[][]> attention = new HashMap<>();
    private final NavigableMap<Integer, INDArray> masks = new TreeMap<>();

    /** Ties masks to a run. */
    public MaskedGuidance(MaskInputs inputs) {
        this.inputs = inputs;
    }

    @Override
    public Collection<String> taps(int step) {
        return inputs.kind.readsAttention() ? inputs.attention.maps().names() : List.of();
    }

    @Override
    public void observe(int step, Map<String, INDArray> maps) {
        if (!inputs.kind.readsAttention()) {
            return;
        }
        double[][] own = new double[inputs.rows.pictures()][];
        Arrays.setAll(
                own,
                picture -> inputs.attention.of(
                        maps,
                        inputs.rows.rows(),
                        inputs.rows.conditional(picture),
                        inputs.tokens.get(picture),
                        inputs.threshold));
        attention.clear();
        attention.put(step, own);
    }

    @Override
    public INDArray combineNoise(int step, INDArray rows, INDArray combined) {
        INDArray limited = combined.dup('c');
        INDArray source = combined.slice(0);
        INDArray used = Nd4j.zeros(combined.dataType(), combined.size(0) - 1, combined.size(2), combined.size(3));
        for (int picture = 1; picture < combined.size(0); picture++) {
            INDArray difference = combined.slice(picture).sub(source);
            INDArray mask = used.slice(picture - 1);
            mask.assign(mask(step, picture, difference));
            limited.slice(picture).assign(source.add(difference.mul(mask.reshape(1, mask.size(0), mask.size(1)))));
        }
        masks.tailMap(step, true).clear();
        masks.put(step, used);
        return limited;
    }

    private INDArray mask(int step, int picture, INDArray difference) {
        double[] mask = new double[(int) (difference.size(1) * difference.size(2))];
        Arrays.fill(mask, 1);
        if (inputs.kind.readsAttention()) {
            double[][] words = Objects.requireNonNull(attention.get(step));
            Arrays.setAll(mask, i -> Math.max(words[0][i], words[picture][i]));
        }
        if (inputs.kind.readsNoise(inputs.timestep.applyAsDouble(step))) {
            double[] noise = NoiseMask.of(difference, inputs.threshold, inputs.attention.conformance());
            for (int i = 0; i < mask.length; i++) {
                mask[i] *= noise[i];
            }
        }
        return Nd4j.createFromArray(mask).castTo(difference.dataType()).reshape(difference.size(1), difference.size(2));
    }

    /**
     * Where the targets followed their own predictions in any step done so far, 1 or 0, {@code [targets, h, w]}.
     *
     * @throws IllegalStateException if no step has been done
     */
    public INDArray everMasked() {
        if (masks.isEmpty()) {
            throw new IllegalStateException("no step has been done");
        }
        INDArray ever = masks.firstEntry().getValue().mul(0);
        masks.values().forEach(ever::addi);
        return ever.gt(0).castTo(ever.dataType());
    }
}
