package org.sd15.spark.row;

import static java.util.Objects.requireNonNullElse;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.edit.masactrl.MasaCtrl;
import org.sd15.pipeline.edit.masactrl.MasaCtrl.Foreground;
import org.sd15.pipeline.edit.masactrl.MasaCtrlRequest;

/**
 * MasaCtrl; null for what is usual.
 *
 * @param startStep the first step that takes the source's attention; 4
 * @param startLayer the first layer that does
 * @param maskWords a word of the source and one of the target, to which the foreground is kept
 * @param maskThreshold share of the attention from which a pixel is foreground; 0.1
 */
record MasaCtrlSettings(
        @Nullable Integer startStep,
        @Nullable Integer startLayer,
        @Nullable List<String> maskWords,
        @Nullable Double maskThreshold)
        implements Edit {

    private static final int START_STEP = 4;
    private static final double THRESHOLD = 0.1;

    /** Checks the words. */
    MasaCtrlSettings {
        if (maskWords == null) {
            RunOptions.requireNone("MasaCtrl without \"maskWords\"", "maskThreshold", maskThreshold);
        } else if (maskWords.size() != 2) {
            throw new IllegalArgumentException(
                    "maskWords is %s, must be a word of the source and one of the target".formatted(maskWords));
        }
    }

    @Override
    public INDArray on(EditInput input) {
        MasaCtrlRequest request = MasaCtrlRequest.of(
                        input.picture() == null ? input.row().requirePrompt() : input.promptOrEmpty(),
                        input.row().requireTarget())
                .control(usual -> control())
                .sampling(input.settings());
        INDArray picture = input.picture();
        request.requireWords(input.model());
        return input.finish((picture == null ? request : request.picture(picture))
                .on(input.model())
                .run());
    }

    private MasaCtrl control() {
        Foreground foreground = maskWords == null
                ? new Foreground.None()
                : new Foreground.Words(
                        maskWords.get(0), maskWords.get(1), requireNonNullElse(maskThreshold, THRESHOLD));
        MasaCtrl control = MasaCtrl.DEFAULT
                .fromStep(requireNonNullElse(startStep, START_STEP))
                .foreground(foreground);
        return startLayer == null ? control : control.fromLayer(startLayer);
    }
}
