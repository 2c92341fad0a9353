package org.sd15.benchmark.method;

import static org.sd15.pipeline.inversion.Replay.FREE;
import static org.sd15.pipeline.inversion.Replay.HELD;
import static org.sd15.pipeline.inversion.Replay.NEGATIVE_PROMPT;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.inversion.Replay;

/** All methods that are compared, each with the settings that are tried for it. */
public final class EditMethods {

    private static final int NULL_TEXT_STEPS = 2;

    /** Of prompt-to-prompt; the first are those of PIE-Bench's run. */
    private static final List<Settings> WORDS = List.of(
            Settings.of("cross", 0.4, "self", 0.6, "guidance", 7.5, "blend", 0.3),
            Settings.of("cross", 0.4, "self", 0.6, "guidance", 3, "blend", 0.3),
            Settings.of("cross", 0.4, "self", 0.3, "guidance", 3, "blend", 0),
            Settings.of("cross", 0.2, "self", 0.2, "guidance", 4, "blend", 0));

    private static final List<Settings> FRIENDLY = List.of(
            Settings.of("cross", 0.4, "self", 0.6, "guidance", 7.5, "blend", 0, "skip", 0.24),
            Settings.of("cross", 0.4, "self", 0.3, "guidance", 3, "blend", 0, "skip", 0.1),
            Settings.of("cross", 0.4, "self", 0.3, "guidance", 4, "blend", 0.3, "skip", 0),
            Settings.of("cross", 0.2, "self", 0.2, "guidance", 3, "blend", 0, "skip", 0),
            Settings.of("cross", 0.2, "self", 0.2, "guidance", 5, "blend", 0, "skip", 0.15));

    private static final List<Settings> COMPOSITE =
            List.of(Settings.of("cross", 0.2, "self", 0.2, "guidance", 5, "skip", 0.15, "low", 0.1, "high", 0.2));

    private static final List<Settings> LIMITED =
            List.of(Settings.of("cross", 0.2, "self", 0.2, "guidance", 5, "skip", 0.15, "limit", 0.6)
                    .with("low", 0.1)
                    .with("high", 0.2));

    private static final List<Settings> SELF_JUDGED =
            List.of(Settings.of("cross", 0.2, "self", 0.2, "guidance", 5, "skip", 0.15)
                    .with("np-cross", 0.4)
                    .with("np-self", 0.6)
                    .with("np-guidance", 3)
                    .with("anew", 6)
                    .with("anew-guidance", 3)
                    .with("margin", 3)
                    .with("low", 0.06)
                    .with("high", 0.15));

    private static final List<Settings> LEDITS = List.of(
            Settings.of("guidance", 10, "threshold", 0.75, "skip", 0.15, "source", 3.5),
            Settings.of("guidance", 5, "threshold", 0.75, "skip", 0.1, "source", 2),
            Settings.of("guidance", 5, "threshold", 0.5, "skip", 0.1, "source", 2),
            Settings.of("guidance", 3, "threshold", 0.5, "skip", 0.1, "source", 2),
            Settings.of("guidance", 8, "threshold", 0.75, "skip", 0.1, "source", 2));

    private static final List<Settings> MASA = List.of(
            Settings.of("start", 0.08, "guidance", 7.5),
            Settings.of("start", 0.08, "guidance", 3),
            Settings.of("start", 0.4, "guidance", 3));

    private static final List<Settings> DELTA = List.of(
            Settings.of("iterations", 50, "size", 0.05, "guidance", 7.5),
            Settings.of("iterations", 50, "size", 0.1, "guidance", 3),
            Settings.of("iterations", 50, "size", 0.025, "guidance", 7.5));

    private static final List<Settings> ZERO = List.of(
            Settings.of("amount", 0.1, "guidance", 7.5),
            Settings.of("amount", 0.1, "guidance", 3),
            Settings.of("amount", 0.02, "guidance", 4));

    private static final List<Settings> INSTRUCT =
            List.of(Settings.of("guidance", 7.5, "image", 1.5), Settings.of("guidance", 4, "image", 1.2));

    private EditMethods() {}

    /**
     * The methods.
     *
     * @param instruct a model that follows instructions, for InstructPix2Pix; or null
     */
    public static List<BenchmarkMethod> all(@Nullable StableDiffusion instruct) {
        List<BenchmarkMethod> methods = new ArrayList<>(published());
        if (instruct != null) {
            methods.add(new InstructMethod(instruct, INSTRUCT));
        }
        methods.addAll(combinations());
        return List.copyOf(methods);
    }

    /**
     * Those of some names, in the order of all.
     *
     * @param names none for all
     * @throws IllegalArgumentException if there is no method of a name
     */
    public static List<BenchmarkMethod> named(List<BenchmarkMethod> all, List<String> names) {
        List<String> known = all.stream().map(BenchmarkMethod::name).toList();
        for (String name : names) {
            if (!known.contains(name)) {
                throw new IllegalArgumentException(
                        "there is no method \"%s\"; known are %s".formatted(name, String.join(", ", known)));
            }
        }
        return names.isEmpty()
                ? all
                : all.stream().filter(method -> names.contains(method.name())).toList();
    }

    private static List<BenchmarkMethod> published() {
        return List.of(
                words("p2p-ddim", InversionVariant.DDIM, FREE, WORDS),
                words("p2p-fixed-point", InversionVariant.FIXED_POINT, FREE, WORDS),
                words("p2p-direct", InversionVariant.DDIM, HELD, WORDS),
                words("p2p-negative-prompt", InversionVariant.DDIM, NEGATIVE_PROMPT, WORDS),
                words("p2p-proximal", InversionVariant.DDIM, NEGATIVE_PROMPT, Settings.by(WORDS, "quantile", 0.7)),
                new PromptToPromptMethod("p2p-null-text", EditMethods::nullText, FREE, WORDS.subList(0, 2)),
                words("p2p-edit-friendly", InversionVariant.EDIT_FRIENDLY, FREE, FRIENDLY),
                new LeditsMethod("ledits++", LEDITS),
                new MasaCtrlMethod("masactrl", false, false, MASA),
                new MasaCtrlMethod("masactrl-direct", true, false, MASA),
                new MasaCtrlMethod("masactrl-masks", true, true, MASA),
                new DeltaDenoisingMethod("dds", DELTA),
                new Pix2PixZeroMethod("pix2pix-zero", ZERO));
    }

    private static PromptToPromptMethod words(String name, InversionVariant way, Replay replay, List<Settings> grid) {
        return new PromptToPromptMethod(name, settings -> way, replay, grid);
    }

    private static InversionVariant nullText(Settings settings) {
        return InversionVariant.nullText(settings.get("guidance"), NULL_TEXT_STEPS);
    }

    private static List<BenchmarkMethod> combinations() {
        PromptToPromptMethod friendly = words("p2p-edit-friendly", InversionVariant.EDIT_FRIENDLY, FREE, FRIENDLY);
        return List.of(
                new CompositedMethod("composite", friendly, COMPOSITE),
                new CompositedMethod("limited", friendly, LIMITED),
                new SelfJudgedMethod("self-judged", SELF_JUDGED));
    }
}
