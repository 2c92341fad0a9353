package org.sd15.pipeline.edit.ledits;

import java.util.ArrayList;
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
import org.sd15.pipeline.mask.AttentionMask;
import org.sd15.pipeline.mask.NoiseMask;

/**
 * LEDITS++ in one run: adds to the prediction without text, for every concept, its difference to it, scaled and masked.
 *
 * <pre>e = e_u + w (e_source - e_u) + sum over c of s_c (e_c - e_u) M_c</pre>
 *
 * <p>The term of the source prompt is there only if the picture was inverted under one; diffusers leaves it out, so that
 * its picture does not come back then.
 */
public final class LeditsProgram implements EditProgram {

    /**
     * What the program needs to know of its run.
     *
     * @param concepts what is edited
     * @param tokens of the words of each concept
     * @param pictures how many
     * @param sourceGuidance towards the source prompts, 0 if they have no rows
     * @param attention reads attention masks
     * @param timestep of a step
     */
    public record ConceptInputs(
            List<Concept> concepts,
            List<Set<Integer>> tokens,
            int pictures,
            double sourceGuidance,
            AttentionMask attention,
            IntToDoubleFunction timestep) {

        /** Copies the lists. */
        public ConceptInputs {
            concepts = List.copyOf(concepts);
            tokens = tokens.stream().map(Set::copyOf).toList();
        }
    }

    private final ConceptInputs inputs;
    private final ConceptRows layout;
    private final Map<Integer, double[][][]> attention = new HashMap<>();
    private final NavigableMap<Integer, INDArray> masks = new TreeMap<>();

    /** Ties concepts to a run. */
    public LeditsProgram(ConceptInputs inputs) {
        this.inputs = inputs;
        this.layout = new ConceptRows(inputs.pictures, inputs.sourceGuidance != 0, inputs.concepts);
    }

    @Override
    public Collection<String> taps(int step) {
        boolean reads = inputs.concepts.stream()
                .anyMatch(concept -> concept.actsIn(step) && concept.mask().readsAttention());
        return reads ? inputs.attention.maps().names() : List.of();
    }

    @Override
    public void observe(int step, Map<String, INDArray> maps) {
        double[][][] all = new double[inputs.concepts.size()][inputs.pictures][];
        for (int c = 0; c < all.length; c++) {
            Concept concept = inputs.concepts.get(c);
            for (int p = 0;
                    p < inputs.pictures
                            && concept.actsIn(step)
                            && concept.mask().readsAttention();
                    p++) {
                all[c][p] = inputs.attention.of(
                        maps, layout.rows(), layout.concept(c, p), inputs.tokens.get(c), concept.threshold());
            }
        }
        attention.clear();
        attention.put(step, all);
    }

    @Override
    public INDArray combineNoise(int step, INDArray rows, INDArray combined) {
        if (rows.size(0) != layout.rows()) {
            throw new IllegalArgumentException("%d concepts for %d pictures need %d rows, the batch has %d"
                    .formatted(inputs.concepts.size(), inputs.pictures, layout.rows(), rows.size(0)));
        }
        List<INDArray> predictions = new ArrayList<>();
        INDArray used =
                Nd4j.zeros(rows.dataType(), inputs.concepts.size(), inputs.pictures, rows.size(2), rows.size(3));
        for (int p = 0; p < inputs.pictures; p++) {
            predictions.add(picture(step, rows, p, used).reshape(1, rows.size(1), rows.size(2), rows.size(3)));
        }
        masks.tailMap(step, true).clear();
        masks.put(step, used);
        return Nd4j.concat(0, predictions.toArray(INDArray[]::new));
    }

    private INDArray picture(int step, INDArray rows, int p, INDArray used) {
        INDArray unconditional = rows.slice(p);
        INDArray guidance = unconditional.mul(0); // summed by itself, so that opposite concepts cancel
        for (int c = 0; c < inputs.concepts.size(); c++) {
            Concept concept = inputs.concepts.get(c);
            if (concept.actsIn(step)) {
                INDArray difference =
                        rows.slice(layout.concept(c, p)).sub(unconditional).mul(concept.scale());
                INDArray own = concept.userMask();
                if (own != null) {
                    difference = difference.mul(own.slice(own.size(0) == 1 ? 0 : p)); // [1, h, w] for all channels
                }
                INDArray mask = used.slice(c).slice(p);
                mask.assign(mask(step, c, p, difference));
                guidance.addi(difference.mul(mask.reshape(1, mask.size(0), mask.size(1))));
            }
        }
        INDArray prediction = unconditional.dup('c');
        if (layout.source()) {
            prediction.addi(rows.slice(layout.source(p)).sub(unconditional).mul(inputs.sourceGuidance));
        }
        return prediction.addi(guidance);
    }

    private INDArray mask(int step, int c, int p, INDArray difference) {
        Concept concept = inputs.concepts.get(c);
        long cells = difference.size(1) * difference.size(2);
        double[] mask = new double[(int) cells];
        Arrays.fill(mask, 1);
        if (concept.mask().readsAttention()) {
            intersect(mask, Objects.requireNonNull(attention.get(step))[c][p]);
        }
        if (concept.mask().readsNoise(inputs.timestep.applyAsDouble(step))) {
            intersect(mask, NoiseMask.of(difference, concept.threshold(), inputs.attention.conformance()));
        }
        return Nd4j.createFromArray(mask).castTo(difference.dataType()).reshape(difference.size(1), difference.size(2));
    }

    private static void intersect(double[] mask, double[] other) {
        for (int i = 0; i < mask.length; i++) {
            mask[i] *= other[i];
        }
    }

    /**
     * Where each concept acted in a step, without the given masks; zeros where it rested.
     *
     * @return 1 or 0, {@code [concepts, pictures, h, w]}
     * @throws IllegalStateException if the step has not been done
     */
    public INDArray masks(int step) {
        INDArray found = masks.get(step);
        if (found == null) {
            throw new IllegalStateException("step %d has not been done; done are %s".formatted(step, masks.keySet()));
        }
        return found;
    }

    /** Where each concept acted in any step done so far, 1 or 0, {@code [concepts, pictures, h, w]}. */
    public INDArray everMasked() {
        INDArray ever = masks(masks.isEmpty() ? 0 : masks.lastKey()).mul(0);
        masks.values().forEach(mask -> ever.addi(mask));
        return ever.gt(0).castTo(ever.dataType());
    }
}
