package org.sd15.pipeline.denoise;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.attention.control.AttentionControl;
import org.sd15.attention.control.AttentionPlan;
import org.sd15.attention.control.AttentionSite;

/**
 * What steers or observes a denoising run. All state is kept by the number of the step, so a step may be repeated. A
 * program says what it needs of the attention beforehand; in every step it then supplies arrays, sees the maps it asked
 * for, and may change the latents.
 *
 * <p>A program belongs to one run. As a method it returns itself, whatever the stage.
 */
public interface EditProgram extends EditMethod {

    /** A program that does nothing. */
    EditProgram NONE = new EditProgram() {};

    @Override
    default EditProgram over(Stage stage) {
        return this;
    }

    /**
     * The ports and maps that this program needs.
     *
     * @param plan what others need
     * @param sites all attentions of the model at this picture size
     * @return the plan with what this program needs added
     */
    default AttentionPlan plan(AttentionPlan plan, List<AttentionSite> sites) {
        return plan;
    }

    /**
     * The control of a step, in addition to what other programs set.
     *
     * @param step the number of the step, from 0
     * @param control what earlier programs set
     * @return the control with arrays for the ports that {@link #plan} asked for
     */
    default AttentionControl control(int step, AttentionControl control) {
        return control;
    }

    /**
     * The text states of a step.
     *
     * @param context {@code [rows, tokens, width]}
     * @return the same or others
     */
    default INDArray context(int step, INDArray context) {
        return context;
    }

    /**
     * Names of the attention maps that {@link #observe} needs in a step.
     *
     * @param step the number of the step, from 0
     * @return names from {@link AttentionSite#probs} and {@link AttentionSite#rawProbs}
     */
    default Collection<String> taps(int step) {
        return List.of();
    }

    /**
     * Shows the maps of a step. They are closed afterwards: what is to be kept must be copied.
     *
     * @param maps by name, {@code [rows, heads, queries, keys]}; those of other programs are among them
     */
    default void observe(int step, Map<String, INDArray> maps) {}

    /**
     * The prediction of each picture, after {@link #observe}.
     *
     * @param rows what the model predicted for all rows of the batch, {@code [rows, channels, h, w]}
     * @param combined the prediction after guidance and earlier programs, {@code [pictures, channels, h, w]}
     * @return the same or others
     */
    default INDArray combineNoise(int step, INDArray rows, INDArray combined) {
        return combined;
    }

    /**
     * The latents before a step, which go into the model and into the sampler.
     *
     * @param latents {@code [pictures, channels, h, w]}
     * @param model the model at the step, for maps and gradients
     * @return the same or others
     */
    default INDArray beforeStep(int step, INDArray latents, StepModel model) {
        return latents;
    }

    /**
     * The latents after a step.
     *
     * @param latents {@code [pictures, channels, h, w]}
     * @return the same or others
     */
    default INDArray afterStep(int step, INDArray latents) {
        return latents;
    }

    /**
     * Several programs as one.
     *
     * @param programs in the order in which they act
     */
    static EditProgram chain(List<? extends EditProgram> programs) {
        return new ProgramChain(List.copyOf(programs));
    }
}
