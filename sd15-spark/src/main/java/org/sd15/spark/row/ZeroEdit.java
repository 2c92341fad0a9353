package org.sd15.spark.row;

import static java.util.Objects.requireNonNullElseGet;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.edit.zero.EditDirection;
import org.sd15.pipeline.edit.zero.Pix2PixZeroRequest;

/**
 * pix2pix-zero; null for what is usual.
 *
 * @param sources sentences with the concept that is left; the prompt of the row
 * @param targets sentences with the one that takes its place; the target of the row
 * @param amount of cross-attention guidance; 0.1
 */
record ZeroEdit(
        @Nullable List<String> sources,
        @Nullable List<String> targets,
        @Nullable Double amount) implements Edit {

    @Override
    public INDArray on(EditInput input) {
        String prompt = input.row().requirePrompt();
        if (targets != null && input.row().target() != null) {
            throw new IllegalArgumentException(
                    "the row has a target, \"%s\", and the settings have targets: give one of the two"
                            .formatted(input.row().target()));
        }
        EditDirection direction = EditDirection.between(
                input.model(),
                input.options().style(),
                requireNonNullElseGet(sources, () -> List.of(prompt)),
                requireNonNullElseGet(targets, () -> List.of(input.row().requireTarget())));
        Pix2PixZeroRequest request = Pix2PixZeroRequest.of(prompt, direction).sampling(input.settings());
        request = amount == null ? request : request.amount(amount);
        INDArray picture = input.picture();
        return input.finish((picture == null ? request : request.picture(picture)).on(input.model()));
    }
}
