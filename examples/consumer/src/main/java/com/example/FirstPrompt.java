package com.example;

import java.util.List;
import java.util.function.Predicate;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.attention.control.AttentionControl;
import org.sd15.attention.control.AttentionPlan;
import org.sd15.attention.control.AttentionSite;
import org.sd15.pipeline.denoise.EditMethod;
import org.sd15.pipeline.denoise.EditProgram;
import org.sd15.pipeline.denoise.RowLayout;
import org.sd15.pipeline.denoise.Stage;

/**
 * An editing method: in the first steps all pictures read the first picture's prompt, because keys and values of their cross
 * attention are taken from its rows.
 *
 * @param share of the steps, 0 to 1
 */
record FirstPrompt(double share) implements EditMethod {

    private static final Predicate<AttentionSite> CROSS = AttentionSite::isCross;

    @Override
    public EditProgram over(Stage stage) {
        INDArray fromFirst = fromFirst(stage.rows());
        return new EditProgram() {
            @Override
            public AttentionPlan plan(AttentionPlan plan, List<AttentionSite> sites) {
                return plan.route(sites, CROSS);
            }

            @Override
            public AttentionControl control(int step, AttentionControl control) {
                return step < share * stage.steps()
                        ? control.routeKeys(CROSS, fromFirst).routeValues(CROSS, fromFirst)
                        : control;
            }
        };
    }

    /** Row i is a one where the first picture has the row of the same half, {@code [rows, rows]}. */
    private static INDArray fromFirst(RowLayout rows) {
        INDArray matrix = Nd4j.zeros(DataType.FLOAT, rows.rows(), rows.rows());
        for (int row = 0; row < rows.rows(); row++) {
            matrix.putScalar(row, row - row % rows.pictures(), 1);
        }
        return matrix;
    }
}
