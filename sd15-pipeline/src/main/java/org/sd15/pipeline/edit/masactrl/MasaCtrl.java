package org.sd15.pipeline.edit.masactrl;

import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.attention.control.AttentionSite;
import org.sd15.attention.control.AttentionSite.Place;
import org.sd15.pipeline.denoise.Grid;
import org.sd15.pipeline.denoise.RowLayout;
import org.sd15.pipeline.words.EditPrompts;

/**
 * Mutual self-attention control: the targets keep the queries of their own prompts, which decide shape and pose, and take
 * keys and values of self attention from the source, which carry what things look like. For changes that are not rigid:
 * another pose, another view.
 *
 * @param startStep the first step that is controlled, from 0; earlier ones lay the picture out
 * @param startLayer the first transformer block that is controlled, in the order of execution; null for the up blocks from
 *     half the size of the latents on, which is 10 in Stable Diffusion 1.5
 * @param foreground what is kept apart from the rest of the picture
 * @see <a href="https://arxiv.org/abs/2304.08465">Cao et al., MasaCtrl: Tuning-Free Mutual Self-Attention Control for
 *     Consistent Image Synthesis and Editing</a>
 */
public record MasaCtrl(int startStep, @Nullable Integer startLayer, Foreground foreground) {

    private static final int START_STEP = 4;

    /** The published settings, without masks. */
    public static final MasaCtrl DEFAULT = new MasaCtrl(START_STEP, null, new Foreground.None());

    /** Checks the bounds. */
    public MasaCtrl {
        if (startStep < 0 || (startLayer != null && startLayer < 0)) {
            throw new IllegalArgumentException(
                    "MasaCtrl from step %d and layer %s: neither can be negative".formatted(startStep, startLayer));
        }
    }

    /** How the foregrounds of source and targets are known: foreground then attends to foreground, and the rest to the rest. */
    public sealed interface Foreground {

        /** Everything attends to everything. */
        record None() implements Foreground {}

        /**
         * Masks, of any size: they are taken to that of each attention by nearest neighbours.
         *
         * @param source 1 in the foreground of the source, else 0, {@code [h, w]}
         * @param target the same of the targets, {@code [h, w]}
         */
        record Given(INDArray source, INDArray target) implements Foreground {

            /** Checks the ranks. */
            public Given {
                if (source.rank() != 2 || target.rank() != 2) {
                    throw new IllegalArgumentException("MasaCtrl: masks have shapes %s and %s, must be [h, w]"
                            .formatted(Arrays.toString(source.shape()), Arrays.toString(target.shape())));
                }
            }
        }

        /**
         * Where a word draws attention in the very step: from a share of its range on.
         *
         * @param source a word or phrase of the source prompt
         * @param target the same of the target prompts
         * @param threshold the share, 0.1 as published
         */
        record Words(String source, String target, double threshold) implements Foreground {

            private static final double THRESHOLD = 0.1;

            /** Checks the share. */
            public Words {
                if (!(threshold >= 0 && threshold <= 1)) {
                    throw new IllegalArgumentException(
                            "MasaCtrl: the threshold of masks is %s, expected a share from 0 to 1"
                                    .formatted(threshold));
                }
            }

            /** Words with the published threshold. */
            public Words(String source, String target) {
                this(source, target, THRESHOLD);
            }
        }
    }

    /** This control from another step on. */
    public MasaCtrl fromStep(int step) {
        return new MasaCtrl(step, startLayer, foreground);
    }

    /** This control from another layer on. */
    public MasaCtrl fromLayer(int layer) {
        return new MasaCtrl(startStep, layer, foreground);
    }

    /** This control with another foreground. */
    public MasaCtrl foreground(Foreground other) {
        return new MasaCtrl(startStep, startLayer, other);
    }

    /**
     * The attentions that are controlled.
     *
     * @param sites all sites of the model
     * @param latents the size of the latents
     */
    public Predicate<AttentionSite> controls(List<AttentionSite> sites, Grid latents) {
        int first = startLayer == null ? usualLayer(sites, latents) : startLayer;
        return site -> !site.isCross() && site.index() >= first;
    }

    private static int usualLayer(List<AttentionSite> sites, Grid latents) {
        Grid half = latents.halved(1);
        return sites.stream()
                .filter(site -> site.place() == Place.UP && half.fitsIn(Grid.of(site)))
                .mapToInt(AttentionSite::index)
                .min()
                .orElseThrow(() -> new IllegalArgumentException(
                        "MasaCtrl: the model's up blocks have no attention at %s or larger; name a layer"
                                .formatted(half)));
    }

    /** This control between prompts, as a method. */
    public MasaCtrlEdit of(EditPrompts prompts) {
        return new MasaCtrlEdit(this, prompts);
    }

    /**
     * The control in one run.
     *
     * @param prompts of the source and the targets
     * @param sites all sites of the model
     * @param latents the size of the latents
     * @param rows the rows of the UNet's batch; picture 0 is the source
     * @throws IllegalArgumentException if a word is not in its prompt, or the numbers of pictures differ
     */
    public MasaCtrlProgram over(EditPrompts prompts, List<AttentionSite> sites, Grid latents, RowLayout rows) {
        return new MasaCtrlProgram(this, prompts, sites, latents, rows);
    }
}
