package org.sd15.benchmark.method;

import org.sd15.pipeline.inversion.DdimInverter;
import org.sd15.pipeline.inversion.FixedPointInverter;
import org.sd15.pipeline.inversion.Inverter;
import org.sd15.pipeline.inversion.NoiseMapInverter;
import org.sd15.pipeline.inversion.NullTextInverter;
import org.sd15.pipeline.words.Conformance;

/**
 * A way to invert the picture on a {@link Workbench}. Ways of one name are taken for the same.
 *
 * @param name tells it apart
 * @param inverter does it
 * @param prompted whether it is told what the picture shows
 */
public record InversionVariant(String name, Inverter inverter, boolean prompted) {

    private static final int FIXED_POINT_ITERATIONS = 4;
    private static final double EARLY_STOP = 1e-5;
    private static final double EARLY_STOP_GROWTH = 2e-5;
    private static final double LEARNING_RATE = 1e-2;

    /** DDIM backwards under the prompt. */
    public static final InversionVariant DDIM = new InversionVariant("ddim", new DdimInverter(), true);

    /** DDIM backwards without a prompt, as MasaCtrl does it. */
    public static final InversionVariant UNPROMPTED =
            new InversionVariant("ddim-unprompted", new DdimInverter(), false);

    /** DDIM backwards, each step solved. */
    public static final InversionVariant FIXED_POINT =
            new InversionVariant("fixed-point", new FixedPointInverter(FIXED_POINT_ITERATIONS), true);

    /** Edit-friendly DDPM with the published guidance. */
    public static final InversionVariant EDIT_FRIENDLY =
            new InversionVariant("edit-friendly", NoiseMapInverter.editFriendly(), true);

    /** Null-text inversion for a guidance, with n inner steps. */
    public static InversionVariant nullText(double guidance, int innerSteps) {
        var inverter = new NullTextInverter(guidance, innerSteps, LEARNING_RATE, EARLY_STOP, EARLY_STOP_GROWTH);
        return new InversionVariant("null-text-%s-%d".formatted(guidance, innerSteps), inverter, true);
    }

    /** LEDITS++ with a share of the noise left out, under a guidance of the source's prompt. */
    public static InversionVariant leditsPlusPlus(double skip, double guidance) {
        var inverter = NoiseMapInverter.leditsPlusPlus(skip, guidance, Conformance.CORRECTED);
        return new InversionVariant("ledits-%s-%s".formatted(skip, guidance), inverter, true);
    }
}
