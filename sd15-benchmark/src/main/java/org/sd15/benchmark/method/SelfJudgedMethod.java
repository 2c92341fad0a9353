package org.sd15.benchmark.method;

import static org.sd15.pipeline.inversion.Replay.FREE;
import static org.sd15.pipeline.inversion.Replay.HELD;
import static org.sd15.pipeline.inversion.Replay.NEGATIVE_PROMPT;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.UnaryOperator;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.pipeline.denoise.EditProgram;
import org.sd15.pipeline.denoise.KeepOutside;
import org.sd15.pipeline.denoise.RunSettings;
import org.sd15.pipeline.edit.prompt.EditRequest;
import org.sd15.pipeline.edit.prompt.Editing;
import org.sd15.pipeline.inversion.InvertedPicture;
import org.sd15.pipeline.inversion.Replay;

/**
 * Several edits of the same region of the picture, of which the model itself chooses the one that fits the target
 * best.
 *
 * <p>The region is where the words that change are in the given picture ({@link EditRegion}). In it the picture is
 * edited by prompt-to-prompt on edit-friendly inversion, and on negative-prompt inversion; and it is drawn anew from
 * several noises, around which the latents of the picture are put back after every step ({@link StartAnew}). After
 * decoding, the given picture comes back wherever an edit changed nothing on purpose ({@link ChangeMask}). Then the
 * model looks at all of them ({@link PromptFit}).
 *
 * <p>Settings: {@code cross}, {@code self}, {@code guidance}, {@code skip} of the edit-friendly one; {@code np-cross},
 * {@code np-self}, {@code np-guidance} of the negative-prompt one; {@code anew}, how often the region is drawn anew,
 * under {@code anew-guidance}; {@code margin}, pixels around things that come or go; {@code low} and {@code high} of
 * the change mask.
 *
 * @param name its name
 * @param grid the settings to choose from
 */
record SelfJudgedMethod(String name, List<Settings> grid) implements BenchmarkMethod {

    private static final int REACH = 1;
    private static final long FIRST_NOISE = 100;

    @Override
    public boolean isCombination() {
        return true;
    }

    @Override
    public Edited edit(Workbench bench, Settings settings) {
        EditRegion region = EditRegion.of(bench, (int) settings.get("margin"));
        return best(bench, region, candidates(bench, region, settings));
    }

    /** All edits, each put into the given picture. */
    List<Edited> candidates(Workbench bench, EditRegion region, Settings settings) {
        Editing friendly = wordSwap(bench, InversionVariant.EDIT_FRIENDLY, FREE, settings);
        Editing negative = wordSwap(bench, InversionVariant.DDIM, NEGATIVE_PROMPT, ofNegativePrompt(settings));
        List<INDArray> edits = new ArrayList<>();
        edits.add(bench.decoded(friendly.run().finish(), 1));
        edits.add(bench.decoded(negative.run().finish(), 1));
        edits.addAll(drawnAnew(bench, region, settings));
        ChangeMask change = new ChangeMask(settings.get("low"), settings.get("high"), REACH);
        double psnr = friendly.reconstruction().orElseThrow().psnr();
        double seconds = bench.seconds(InversionVariant.EDIT_FRIENDLY) + bench.seconds(InversionVariant.DDIM);
        List<Edited> candidates = new ArrayList<>();
        for (INDArray edit : edits) {
            INDArray mask = change.of(edit, bench.unedited()).mul(region.pixels());
            INDArray picture = ChangeMask.composite(mask, edit, bench.job().picture());
            candidates.add(new Edited(picture, mask, psnr, seconds));
        }
        return candidates;
    }

    private Editing wordSwap(Workbench bench, InversionVariant variant, Replay replay, Settings settings) {
        var words = new PromptToPromptMethod(name, any -> variant, replay, grid);
        bench.inversion(variant);
        return bench.shared(() -> words.editing(bench, variant, settings));
    }

    private static Settings ofNegativePrompt(Settings settings) {
        return Settings.of("cross", settings.get("np-cross"))
                .with("self", settings.get("np-self"))
                .with("guidance", settings.get("np-guidance"));
    }

    /** The region from several noises, in one batch. */
    private static List<INDArray> drawnAnew(Workbench bench, EditRegion region, Settings settings) {
        Job job = bench.job();
        int count = (int) settings.get("anew");
        EditProgram program = EditProgram.chain(
                List.of(new StartAnew(region.latents(), FIRST_NOISE), new KeepOutside(region.latents())));
        UnaryOperator<RunSettings> sampling = bench.sampling(settings.get("anew-guidance"));
        String[] targets = Collections.nCopies(count, job.target()).toArray(String[]::new);
        INDArray latents = bench.model()
                .edit(EditRequest.of(job.source(), targets)
                        .edit(edit -> edit.crossSteps(0).selfSteps(0))
                        .sampling(base -> sampling.apply(base).program(program))
                        .picture(new InvertedPicture(bench.inversion(InversionVariant.DDIM), HELD, 0, null)))
                .run()
                .finish();
        List<INDArray> drawn = new ArrayList<>();
        for (int i = 1; i <= count; i++) {
            drawn.add(bench.decoded(latents, i));
        }
        return drawn;
    }

    /** The one that the model takes. */
    static Edited best(Workbench bench, EditRegion region, List<Edited> candidates) {
        INDArray pictures =
                Nd4j.concat(0, candidates.stream().map(Edited::picture).toArray(INDArray[]::new));
        var fit = new PromptFit(bench.model(), bench.job().source(), bench.job().target());
        double[] misfits = fit.misfits(pictures, region.latents());
        int best = 0;
        for (int i = 1; i < misfits.length; i++) {
            best = misfits[i] < misfits[best] ? i : best;
        }
        return candidates.get(best);
    }
}
