package org.sd15.examples.benchmark.method;

import static java.util.Objects.requireNonNull;

import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.pipeline.Editing;
import org.sd15.pipeline.edit.EditProgram;
import org.sd15.pipeline.edit.KeepOutside;

/**
 * Prompt-to-prompt on an exact inversion within the region of the words that change, found by their heat maps on the given
 * picture ({@link WordRegions}): outside of it the latents are those of the inversion after every step, so that nothing moves,
 * and after decoding the given picture is put back wherever the edit changed nothing on purpose ({@link ChangeMask}). What is only
 * added has no region yet: it may come up anywhere but on the things that stay.
 *
 * <p>An edit that changes next to nothing of its region was looked for in the wrong place: then it is made without a region, and
 * only put into the given picture ({@link CompositedMethod}). Of what is taken away, nothing should be left: two edits are made,
 * with and without the anchor, and the one counts that leaves less ({@link Leftover}).
 *
 * <p>Where a thing becomes another, or goes, attention is not taken from the source: it would bring the old thing back, and
 * everything else is held anyway.
 *
 * <p>Settings: those of the inner method; {@code removing}, the guidance where a thing only goes; {@code margin}, pixels around the region that may change; {@code low} and {@code
 * high} of the change mask.
 *
 * @param name its name
 * @param inner makes the edit
 * @param grid the settings to choose from
 */
record AnchoredMethod(String name, PromptToPromptMethod inner, List<Settings> grid) implements EditMethod {

    private static final int REACH = 1;

    /** Share of the region that a real edit changes at least; less, and the words were looked for in the wrong place. */
    private static final double LEAST_CHANGE = 0.15;

    @Override
    public boolean isCombination() {
        return true;
    }

    @Override
    public Edited edit(Workbench bench, Settings settings) {
        Job job = bench.job();
        INDArray region = region(bench, (int) settings.get("margin"));
        Edited anchored =
                within(bench, suited(job, settings), region, new KeepOutside(coarse(region, bench.latents())));
        if (job.removed().isEmpty()) {
            return anchored;
        }
        if (job.added().isEmpty()) {
            Leftover leftover = new Leftover(bench);
            Edited free = within(bench, settings, region, EditProgram.NONE);
            return leftover.of(free.picture()) < leftover.of(anchored.picture()) ? free : anchored;
        }
        boolean missed = share(requireNonNull(anchored.mask())) < LEAST_CHANGE * share(region);
        return missed ? new CompositedMethod(name, inner, grid).edit(bench, settings) : anchored;
    }

    /** The edit, put into the given picture where it changed something in the region. */
    private Edited within(Workbench bench, Settings settings, INDArray region, EditProgram keep) {
        Way way = inner.way().apply(settings);
        bench.inversion(way);
        Editing editing = bench.shared(() -> inner.editing(bench, way, settings, keep, edit -> edit));
        INDArray edited = bench.decoded(editing.run().finish(), 1);
        ChangeMask change = new ChangeMask(settings.get("low"), settings.get("high"), REACH);
        INDArray mask = change.of(edited, bench.unedited()).mul(region);
        return new Edited(
                ChangeMask.composite(mask, edited, bench.job().picture()),
                mask,
                editing.reconstruction().orElseThrow().psnr(),
                bench.seconds(way));
    }

    private static double share(INDArray mask) {
        return mask.meanNumber().doubleValue();
    }

    private static Settings suited(Job job, Settings settings) {
        if (job.removed().isEmpty() || thingsStay(job)) {
            return settings;
        }
        Settings free = settings.with("cross", 0).with("self", 0);
        return job.added().isEmpty() ? free.with("guidance", settings.get("removing")) : free;
    }

    /**
     * Whether no thing becomes another, is added or taken away: each phrase that goes ends with the same word as the one that
     * comes in its place, as in "red circle" and "blue circle".
     */
    static boolean thingsStay(Job job) {
        if (job.removed().size() != job.added().size()) {
            return false;
        }
        for (int i = 0; i < job.removed().size(); i++) {
            if (!lastWord(job.removed().get(i)).equals(lastWord(job.added().get(i)))) {
                return false;
            }
        }
        return true;
    }

    private static String lastWord(String phrase) {
        return phrase.strip().replaceAll("^.*\\s", "");
    }

    /** 1 where the picture may change, {@code [H, W]}. */
    private static INDArray region(Workbench bench, int margin) {
        WordRegions words = new WordRegions(bench);
        int height = Math.toIntExact(bench.job().picture().size(2));
        int width = Math.toIntExact(bench.job().picture().size(3));
        boolean[] region = words.isKnown() ? words.changing() : words.staying();
        if (words.isKnown() && !thingsStay(bench.job()) && !bench.job().added().isEmpty()) {
            region = WordRegions.box(region, width); // what takes a thing's place has another outline
        }
        region = WordRegions.dilated(region, width, words.isKnown() ? margin : 1);
        float[] values = new float[region.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = region[i] == words.isKnown() ? 1 : 0;
        }
        return Nd4j.create(values, new long[] {height, width}, 'c');
    }

    /** The region on the grid of the latents: a place belongs to it if any of its pixels does. */
    private static INDArray coarse(INDArray region, INDArray latents) {
        long height = latents.size(2);
        long width = latents.size(3);
        INDArray blocks = region.reshape(height, region.size(0) / height, width, region.size(1) / width);
        return blocks.max(1, 3).castTo(DataType.FLOAT);
    }
}
