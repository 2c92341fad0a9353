package org.sd15.pipeline.inversion;

/** A method that turns a picture into noise. The methods of this package are values; a user-defined one may be a lambda. */
@FunctionalInterface
public interface Inverter {

    /** Inverts the latents of one or several pictures. */
    Inversion invert(InversionInputs inputs);
}
