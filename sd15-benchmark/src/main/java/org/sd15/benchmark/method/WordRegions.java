package org.sd15.benchmark.method;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.sd15.pipeline.heatmap.PromptHeatMaps;

/**
 * Where an edit is about, by the words of the source that it takes away: their heat maps, made sharp by the picture's
 * colours, where the prompts also make the model see different things, without what belongs to the other things of the
 * prompt rather. The background is where none of the things is.
 */
final class WordRegions {

    private static final String BACKGROUND = "background";
    private static final Set<String> SMALL_WORDS = Set.of(
            "a", "an", "the", "and", "or", "of", "on", "in", "at", "to", "with", "from", "by", "over", "under", "next",
            "left", "right", "above", "below");

    /** The share of a region that may lie outside of its box, on each side. */
    private static final double STRAY = 0.01;

    private final Workbench bench;
    private final List<String> taken;
    private final List<String> things;

    WordRegions(Workbench bench) {
        this.bench = bench;
        this.taken = bench.job().removed().stream()
                .map(phrase -> String.join(" ", chunks(phrase)))
                .filter(phrase -> !phrase.isEmpty())
                .toList();
        this.things = chunks(bench.job().source()).stream()
                .filter(chunk -> !chunk.contains(BACKGROUND))
                .toList();
    }

    /** The words between small words, those in a row together. */
    static List<String> chunks(String prompt) {
        List<String> chunks = new ArrayList<>();
        List<String> open = new ArrayList<>();
        for (String word : prompt.strip().split("\\s+")) {
            if (!SMALL_WORDS.contains(word)) {
                open.add(word);
            } else if (!open.isEmpty()) {
                chunks.add(String.join(" ", open));
                open.clear();
            }
        }
        if (!open.isEmpty()) {
            chunks.add(String.join(" ", open));
        }
        return chunks;
    }

    /** Whether the edit takes anything away, so that there is a region. */
    boolean isKnown() {
        return !taken.isEmpty();
    }

    /** The pixels that the edit is about, row by row. */
    boolean[] changing() {
        boolean background = taken.stream().anyMatch(phrase -> phrase.contains(BACKGROUND));
        if (background) {
            boolean[] region = staying();
            for (int i = 0; i < region.length; i++) {
                region[i] = !region[i];
            }
            return region;
        }
        boolean[] region = new boolean[pixels()];
        for (String phrase : taken) {
            SharpMap own = map(phrase);
            boolean[] hot = own.and(
                            SharpMap.of(bench.promptDifference(), bench.job().picture()))
                    .hot();
            double[] shares = own.shares().values();
            for (String thing : others(phrase)) {
                double[] rival = map(thing).shares().values();
                for (int i = 0; i < hot.length; i++) {
                    hot[i] &= shares[i] >= rival[i];
                }
            }
            for (int i = 0; i < region.length; i++) {
                region[i] |= hot[i];
            }
        }
        return region;
    }

    /** The pixels of all things of the source that the edit does not take away. */
    boolean[] staying() {
        boolean[] region = new boolean[pixels()];
        for (String thing : things) {
            if (taken.stream().noneMatch(thing::contains)) {
                boolean[] hot = map(thing).hot();
                for (int i = 0; i < region.length; i++) {
                    region[i] |= hot[i];
                }
            }
        }
        return region;
    }

    private List<String> others(String phrase) {
        return things.stream().filter(thing -> !thing.contains(phrase)).toList();
    }

    private SharpMap map(String words) {
        PromptHeatMaps maps = bench.heatMaps();
        return SharpMap.of(maps.word(words), bench.job().picture());
    }

    private int pixels() {
        return Math.toIntExact(
                bench.job().picture().size(2) * bench.job().picture().size(3));
    }

    /** The box around a region; single pixels that stray from it do not count. */
    static boolean[] box(boolean[] region, int width) {
        int[] rows = new int[region.length / width];
        int[] columns = new int[width];
        for (int i = 0; i < region.length; i++) {
            rows[i / width] += region[i] ? 1 : 0;
            columns[i % width] += region[i] ? 1 : 0;
        }
        int top = bound(rows, 1);
        int bottom = bound(rows, -1);
        boolean[] box = new boolean[region.length];
        for (int y = top; y <= bottom; y++) {
            Arrays.fill(box, y * width + bound(columns, 1), y * width + bound(columns, -1) + 1, true);
        }
        return box;
    }

    /** Where a share of all is passed, from either end. */
    private static int bound(int[] counts, int direction) {
        double stray = STRAY * Arrays.stream(counts).sum();
        int at = direction > 0 ? 0 : counts.length - 1;
        double passed = counts[at];
        while (passed <= stray && at + direction >= 0 && at + direction < counts.length) {
            at += direction;
            passed += counts[at];
        }
        return at;
    }

    /** A region and n pixels around it in all directions. */
    static boolean[] dilated(boolean[] region, int width, int reach) {
        boolean[] dilated = new boolean[region.length];
        int height = region.length / width;
        for (int i = 0; i < region.length; i++) {
            if (region[i]) {
                for (int y = Math.max(0, i / width - reach); y <= Math.min(height - 1, i / width + reach); y++) {
                    int left = y * width + Math.max(0, i % width - reach);
                    int right = y * width + Math.min(width - 1, i % width + reach);
                    Arrays.fill(dilated, left, right + 1, true);
                }
            }
        }
        return dilated;
    }
}
