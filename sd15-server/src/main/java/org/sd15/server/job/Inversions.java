package org.sd15.server.job;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.denoise.ConstantTexts;
import org.sd15.pipeline.denoise.RunFactory;
import org.sd15.pipeline.denoise.RunSettings;
import org.sd15.pipeline.inversion.Inversion;
import org.sd15.pipeline.inversion.InversionInputs;
import org.sd15.pipeline.inversion.InversionMethod;
import org.sd15.pipeline.inversion.InversionRequest;
import org.sd15.pipeline.inversion.InvertedPicture;
import org.sd15.pipeline.inversion.Inverter;
import org.sd15.pipeline.inversion.NullTextInverter;
import org.sd15.pipeline.inversion.ObservedInverter;
import org.sd15.pipeline.inversion.Reconstruction;
import org.sd15.pipeline.inversion.Replay;
import org.sd15.pipeline.inversion.SourceReplay;

/** Pictures that were turned into noise, the last few of one model, so that another edit of them costs the edit alone. */
final class Inversions {

    private static final int KEPT = 8;

    /** The ways to invert, as they are named. */
    static final List<String> METHODS = List.of("direct", "ddim", "negative-prompt", "null-text", "edit-friendly");

    /** An inversion, and how well its picture comes back. */
    record Kept(InvertedPicture picture, Reconstruction reconstruction) {}

    private final Map<List<Object>, Kept> kept = new LinkedHashMap<>();

    /** Forgets all. */
    void clear() {
        kept.clear();
    }

    /**
     * The inversion of a picture, of now or of before.
     *
     * @param pixels of the picture, {@code [1, 3, H, W]}
     * @param key what tells the picture apart
     * @param prompts what it shows, then those of the edit, which have to fit in
     */
    Kept of(TaskRun run, INDArray pixels, String key, String method, RunSettings settings, List<String> prompts) {
        boolean held = method.equals("direct");
        int tokens = new ConstantTexts(run.model().components(), settings.promptStyle()).tokens(prompts);
        List<Object> name = List.of(
                key,
                method,
                prompts.get(0),
                tokens,
                settings.steps(),
                settings.promptStyle(),
                held ? 0.0 : settings.guidance().scale(),
                method.equals("edit-friendly") ? settings.seeds() : List.of());
        Kept known = kept.remove(name);
        if (known == null) {
            known = inverted(run, pixels, method, settings, prompts.get(0), tokens);
        }
        kept.put(name, known); // the newest stands last
        while (kept.size() > KEPT) {
            kept.remove(kept.keySet().iterator().next());
        }
        return known;
    }

    private static Kept inverted(
            TaskRun run, INDArray pixels, String method, RunSettings settings, String prompt, int tokens) {
        InversionMethod named = method.equals("null-text")
                ? InversionMethod.NULL_TEXT
                : InversionMethod.valueOf(method.replace('-', '_').toUpperCase(Locale.ROOT));
        Inverter inverter = method.equals("null-text")
                ? new NullTextInverter(settings.guidance().scale())
                : named.inverter();
        Replay replay = method.equals("null-text") ? Replay.FREE : named.replay();
        settings.requireNoStart();
        Inversion inversion = new InversionRequest(
                        new ObservedInverter(inverter, new Steps(run)), pixels, List.of(prompt), settings, tokens)
                .on(run.model());
        InvertedPicture picture = new InvertedPicture(inversion, replay);
        if (replay != Replay.HELD) {
            run.expectMore(inversion.steps());
        }
        Reconstruction report = SourceReplay.of(run.model().components(), inversion, picture)
                .measure(new RunFactory(run.model().components(), tokens), settings, step -> run.step("inverting", 1));
        return new Kept(picture.known(report), report);
    }

    /** All prompts of an edit, the source first. */
    static List<String> prompts(String source, String... targets) {
        return Stream.concat(Stream.of(source), Stream.of(targets)).toList();
    }

    /** Tells a run how far an inversion is. */
    record Steps(TaskRun run) implements ObservedInverter.Listener {

        @Override
        public void begin(InversionInputs inputs, int steps) {
            run.pause();
            run.expectMore(steps);
        }

        @Override
        public void step() {
            run.step("inverting", 1);
        }
    }
}
