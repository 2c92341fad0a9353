package org.sd15.examples.cli;

import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.sd15.pipeline.EditRequest.Blend;
import org.sd15.pipeline.EditRequest.Edit;
import org.sd15.pipeline.edit.AlignmentMode;
import org.sd15.pipeline.edit.CrossGate;
import org.sd15.pipeline.edit.Grid;
import org.sd15.pipeline.edit.Window;
import picocli.CommandLine.Option;

/** What prompt-to-prompt does. */
final class EditOptions implements Checked {

    @Option(names = "--mode", defaultValue = "auto", description = "auto, replace or refine (default: auto).")
    private String mode = "auto";

    @Option(
            names = "--cross-steps",
            paramLabel = "F|word=F",
            description = "Share of the steps in which cross attention is edited (default: 0.8); per word also.")
    private List<String> crossSteps = List.of();

    @Option(
            names = "--self-steps",
            paramLabel = "F",
            defaultValue = "0.4",
            description = "Share of the steps in which self attention is the source's (default: 0.4).")
    @InRange(from = 0, to = 1)
    private double selfSteps;

    @Option(
            names = "--weight",
            paramLabel = "word=F",
            description = "Multiplies the attention to a word of the target; repeatable.")
    private List<String> weights = List.of();

    @Option(names = "--blend", paramLabel = "SRCWORD,TGTWORD", description = "Keeps the edit to where these words are.")
    private @Nullable String blend;

    @Option(
            names = "--blend-threshold",
            defaultValue = "0.3",
            description = "Share of the largest attention that counts (default: 0.3).")
    @InRange(from = 0, to = 1, below = true)
    private double blendThreshold;

    @Option(
            names = "--blend-resolution",
            paramLabel = "R",
            description = "Side of the attention maps that are used (default: a quarter of the latents).")
    @InRange(from = 1)
    private @Nullable Integer blendResolution;

    @Override
    public void check() {
        crossSteps.forEach(EditOptions::share);
        weights.forEach(EditOptions::factor);
        alignment();
    }

    /** The edit that the options describe. */
    Edit apply(Edit usual) {
        Edit edit =
                usual.align(alignment()).selfSteps(selfSteps).blend(blend == null ? usual.blend() : localBlend(blend));
        CrossGate gate = edit.crossGate();
        for (String option : crossSteps) {
            WordNumber share = share(option);
            Window window = Window.until(share.number());
            gate = share.word() == null ? new CrossGate(window, gate.words()) : gate.word(share.word(), window);
        }
        edit = edit.crossGate(gate);
        for (String option : weights) {
            WordNumber factor = factor(option);
            edit = edit.weight(Objects.requireNonNull(factor.word()), factor.number());
        }
        return edit;
    }

    private static WordNumber share(String option) {
        return WordNumber.parse("--cross-steps", option, Bounds.SHARE);
    }

    private static WordNumber factor(String option) {
        if (option.lastIndexOf('=') < 1) {
            throw new IllegalArgumentException("--weight is \"%s\", must be word=factor".formatted(option));
        }
        return WordNumber.parse("--weight", option, Bounds.FINITE);
    }

    private AlignmentMode alignment() {
        try {
            return AlignmentMode.valueOf(mode.toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException unknown) {
            throw new IllegalArgumentException(
                    "--mode is \"%s\", must be auto, replace or refine".formatted(mode), unknown);
        }
    }

    private Blend localBlend(String words) {
        Grid grid = blendResolution == null ? null : new Grid(blendResolution, blendResolution);
        return new Blend(List.of(words.split(",", -1)), blendThreshold, grid);
    }
}
