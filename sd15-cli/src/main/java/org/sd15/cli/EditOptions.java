package org.sd15.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.sd15.pipeline.denoise.Grid;
import org.sd15.pipeline.edit.prompt.AlignmentMode;
import org.sd15.pipeline.edit.prompt.Blend;
import org.sd15.pipeline.edit.prompt.CrossGate;
import org.sd15.pipeline.edit.prompt.EditRequest.Edit;
import picocli.CommandLine.Option;

/** What prompt-to-prompt does. */
final class EditOptions implements Checked {

    @Option(names = "--mode", description = "auto, replace, refine or same_position (default: auto).")
    private AlignmentMode mode = AlignmentMode.AUTO;

    @Option(
            names = "--cross-steps",
            paramLabel = "[word=][F..]F",
            description = "Share of the steps in which cross attention is edited, or a part of them: 0.2..0.7"
                    + " (default: 0.8); per word also: red=0.1..0.5.")
    private List<String> crossSteps = List.of();

    @Option(
            names = "--self-steps",
            paramLabel = "[F..]F",
            defaultValue = "0.4",
            description = "Share of the steps in which self attention is the source's, or a part of them: 0.1..0.6"
                    + " (default: 0.4).")
    private String selfSteps = "0.4";

    @Option(
            names = "--self-limit",
            paramLabel = "N",
            defaultValue = "1",
            description =
                    "Self attention is the source's where the latents are halved at least N times; 0 is everywhere"
                            + " (default: 1).")
    @InRange(from = 0)
    private int selfLimit;

    @Option(
            names = "--weight",
            paramLabel = "word=F",
            description = "Multiplies the attention to a word of the target; repeatable.")
    private List<String> weights = List.of();

    @Option(
            names = "--blend",
            paramLabel = "SRCWORD,TGTWORD",
            description = "Keeps the edit to where these words are; repeatable.")
    private List<String> blends = List.of();

    @Option(
            names = "--blend-subtract",
            paramLabel = "SRCWORD,TGTWORD",
            description = "With --blend: where these words are, the picture stays the source's; repeatable.")
    private List<String> subtracted = List.of();

    @Option(
            names = "--blend-start",
            paramLabel = "F",
            defaultValue = "0.2",
            description = "Share of the steps before the first one that blends (default: 0.2).")
    @InRange(from = 0, to = 1)
    private double blendStart;

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
        crossSteps.forEach(option -> WordWindow.parse("--cross-steps", option));
        WordWindow.window("--self-steps", selfSteps);
        if (blends.isEmpty() && !subtracted.isEmpty()) {
            throw new IllegalArgumentException("--blend-subtract is for an edit with --blend: add it");
        }
        weights.forEach(EditOptions::factor);
    }

    /** The edit that the options describe. */
    Edit apply(Edit usual) {
        Edit edit = usual.align(mode)
                .selfGate(WordWindow.window("--self-steps", selfSteps))
                .selfLimit(selfLimit)
                .blend(blends.isEmpty() ? usual.blend() : localBlend());
        CrossGate gate = edit.crossGate();
        for (String option : crossSteps) {
            WordWindow part = WordWindow.parse("--cross-steps", option);
            gate = part.word() == null
                    ? new CrossGate(part.window(), gate.words())
                    : gate.word(part.word(), part.window());
        }
        edit = edit.crossGate(gate);
        for (String option : weights) {
            WordNumber factor = factor(option);
            edit = edit.weight(Objects.requireNonNull(factor.word()), factor.number());
        }
        return edit;
    }

    /** The settings in words, for the page. */
    Map<String, String> describe() {
        Map<String, String> words = new LinkedHashMap<>();
        words.put("alignment", mode.toString().toLowerCase(Locale.ROOT));
        words.put("cross attention edited", crossSteps.isEmpty() ? "0..0.8" : String.join(", ", crossSteps));
        words.put("self attention of the source", selfSteps + ", from " + selfLimit + " halvings on");
        if (!weights.isEmpty()) {
            words.put("weights", String.join(", ", weights));
        }
        if (!blends.isEmpty()) {
            words.put(
                    "blend",
                    "%s, threshold %s, after %s".formatted(String.join("; ", blends), blendThreshold, blendStart));
        }
        return words;
    }

    private static WordNumber factor(String option) {
        if (option.lastIndexOf('=') < 1) {
            throw new IllegalArgumentException("--weight is \"%s\", must be word=factor".formatted(option));
        }
        return WordNumber.parse("--weight", option, Bounds.FINITE);
    }

    private Blend localBlend() {
        Grid grid = blendResolution == null ? null : new Grid(blendResolution, blendResolution);
        return new Blend(words(blends), words(subtracted), blendThreshold, blendStart, grid);
    }

    private static List<List<String>> words(List<String> options) {
        return options.stream().map(option -> List.of(option.split(",", -1))).toList();
    }
}
