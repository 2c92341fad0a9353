package org.sd15.pipeline.edit.ledits;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.denoise.Denoising;
import org.sd15.pipeline.inversion.Inversion;
import org.sd15.pipeline.inversion.Reconstruction;

/** One edit by LEDITS++: the run that draws the edited pictures, and what it leaves behind. */
public final class LeditsEditing {

    private final Inversion inversion;
    private final Reconstruction reconstruction;
    private final LeditsProgram program;
    private final Denoising run;

    LeditsEditing(Inversion inversion, Reconstruction reconstruction, LeditsProgram program, Denoising run) {
        this.inversion = inversion;
        this.reconstruction = reconstruction;
        this.program = program;
        this.run = run;
    }

    /** The run. Its latents are {@code [pictures, 4, h, w]}. */
    public Denoising run() {
        return run;
    }

    /** The inversion of the pictures. */
    public Inversion inversion() {
        return inversion;
    }

    /** How well the pictures come back without an edit. */
    public Reconstruction reconstruction() {
        return reconstruction;
    }

    /** Where each concept acted in a step, {@code [concepts, pictures, h, w]}; see {@link LeditsProgram#masks}. */
    public INDArray masks(int step) {
        return program.masks(step);
    }

    /** Where each concept acted in any step done so far, {@code [concepts, pictures, h, w]}. */
    public INDArray everMasked() {
        return program.everMasked();
    }
}
