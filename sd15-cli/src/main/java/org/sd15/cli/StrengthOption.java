package org.sd15.cli;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How much of a given picture is drawn anew. */
final class StrengthOption {

    private static final double USUAL = 0.8;

    @Option(
            names = "--strength",
            paramLabel = "S",
            description = "How far from the picture, 0 to 1 (default: 0.8; 1 with --mask).")
    @InRange(from = 0, to = 1)
    private @Nullable Double strength;

    /** Whether it was asked for. */
    boolean isSet() {
        return strength != null;
    }

    /** From 0, which keeps the picture, to 1, which forgets it. */
    double value(boolean masked) {
        double usual = masked ? 1 : USUAL;
        return strength == null ? usual : strength;
    }
}
