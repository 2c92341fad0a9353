package org.sd15.pipeline.edit.zero;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.TreeMap;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.attention.control.AttentionSite;
import org.sd15.pipeline.denoise.EditProgram;
import org.sd15.pipeline.denoise.StepModel;

/**
 * The cross-attention guidance of pix2pix-zero, in a run of two pictures: before each step the latents of the second one
 * are moved down the slope of {@code sum |P - P_source|^2}, over all cross attentions, so that its layout stays that of the
 * first. What the second is to become is in its text states, see {@code org.sd15.pipeline.edit.zero.EditDirection}.
 *
 * <p>The published code keeps the maps of a first run, and moves the latents of the unconditional row apart from those of
 * the conditional one. Here source and target run side by side, nothing is kept, and a picture has one set of latents,
 * moved under its own prompt.
 *
 * @see <a href="https://arxiv.org/abs/2302.03027">Parmar et al., Zero-shot Image-to-Image Translation, section 3.2</a>
 */
public final class Pix2PixZeroProgram implements EditProgram {

    private static final int PICTURES = 2;

    private final List<AttentionSite> sites;
    private final double amount;
    private final NavigableMap<Integer, Double> losses = new TreeMap<>();

    /**
     * For one run.
     *
     * @param sites all sites of the model
     * @param amount how far the latents are moved, times the slope; 0.1 as published
     */
    public Pix2PixZeroProgram(Collection<AttentionSite> sites, double amount) {
        this.sites = sites.stream().filter(AttentionSite::isCross).toList();
        this.amount = amount;
    }

    @Override
    public INDArray beforeStep(int step, INDArray latents, StepModel model) {
        if (latents.size(0) != PICTURES) {
            throw new IllegalArgumentException(
                    "pix2pix-zero: a program of source and target in a batch of %d".formatted(latents.size(0)));
        }
        Map<String, INDArray> maps =
                model.maps(latents, sites.stream().map(AttentionSite::probs).toList());
        double loss = 0;
        Map<String, INDArray> cotangents = new LinkedHashMap<>();
        for (AttentionSite site : sites) {
            INDArray map = Objects.requireNonNull(maps.get(site.probs()), site.probs());
            INDArray difference = map.slice(1).sub(map.slice(0)); // [heads, queries, keys]
            double norm = difference.norm2Number().doubleValue();
            loss += norm * norm / site.heads();
            INDArray slope = Nd4j.zerosLike(map);
            slope.slice(1).assign(difference.muli(2.0 / site.heads()));
            cotangents.put(site.probs(), slope);
        }
        maps.values().forEach(INDArray::close);
        losses.put(step, loss);
        INDArray gradient = model.gradient(latents, cotangents);
        cotangents.values().forEach(INDArray::close);
        INDArray moved = latents.dup('c');
        moved.slice(1).subi(gradient.slice(1).mul(amount));
        return moved;
    }

    /** The loss of a step that is done, before its move. */
    public double loss(int step) {
        return Objects.requireNonNull(losses.get(step), "no such step was done");
    }
}
