package org.sd15.spark.row;

import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.edit.instruct.InstructRequest;

/**
 * InstructPix2Pix, for models that were trained for it; the target of the row is the instruction. Null for what is usual.
 *
 * @param imageGuidance how closely the picture is kept; 1.5
 * @param negative what to stay away from
 */
record InstructEdit(
        @Nullable Double imageGuidance, @Nullable String negative) implements Edit {

    private static final String NAME = "InstructPix2Pix";

    @Override
    public INDArray on(EditInput input) {
        if (input.row().prompt() != null) {
            throw new IllegalArgumentException(
                    "InstructPix2Pix takes an instruction as the target, but the row has a prompt as well");
        }
        InstructRequest request = InstructRequest.of(input.row().requireTarget(), input.requirePicture(NAME))
                .sampling(input.settings());
        request = imageGuidance == null ? request : request.imageGuidance(imageGuidance);
        request = negative == null ? request : request.negative(negative);
        return input.finish(request.on(input.model()));
    }
}
