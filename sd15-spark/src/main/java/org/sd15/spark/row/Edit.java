package org.sd15.spark.row;

import org.nd4j.linalg.api.ndarray.INDArray;

/** The settings of an editing method, as they stand in JSON, and how they are carried out. */
sealed interface Edit
        permits AttendEdit, DeltaEdit, InstructEdit, LeditsSettings, MasaCtrlSettings, PromptEdit, ZeroEdit {

    /**
     * Edits.
     *
     * @return the latents of the edited picture, {@code [1, 4, h, w]}
     * @throws IllegalArgumentException if texts or settings don't fit
     */
    INDArray on(EditInput input);
}
