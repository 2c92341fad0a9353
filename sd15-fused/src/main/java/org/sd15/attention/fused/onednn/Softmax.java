package org.sd15.attention.fused.onednn;

import java.util.Map;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.global.dnnl.algorithm;
import org.bytedeco.dnnl.global.dnnl.prop_kind;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.memory.desc;
import org.bytedeco.dnnl.softmax_backward;
import org.bytedeco.dnnl.softmax_forward;

/** The softmax over the last dimension of memories of one layout, that a program may use several times. */
public final class Softmax {

    private final ProgramBuilder program;
    private final desc layout;
    private final int axis;
    private final softmax_forward.primitive_desc description;
    private final softmax_forward primitive;

    /**
     * A softmax over the given axis.
     *
     * @param type of the results
     */
    public Softmax(ProgramBuilder program, desc layout, memory.data_type type, int axis) {
        this.program = program;
        this.layout = layout;
        this.axis = axis;
        this.description = new softmax_forward.primitive_desc(
                OneDnn.engine(),
                prop_kind.forward_training,
                algorithm.softmax_accurate,
                layout,
                Layouts.as(type, layout),
                axis,
                program.attributes(new PostOps()),
                false);
        this.primitive = new softmax_forward(description);
    }

    /**
     * Computes probabilities.
     *
     * @param probabilities may be the scores themselves if they are of the same type
     */
    public void add(Slot scores, Slot probabilities) {
        program.add(description, primitive, Map.of(dnnl.DNNL_ARG_SRC, scores, dnnl.DNNL_ARG_DST, probabilities));
    }

    /** {@code P (dP - sum(P dP))}, written over dP. */
    public void addBackward(Slot probabilities, Slot gradient) {
        var backward = new softmax_backward.primitive_desc(
                OneDnn.engine(),
                algorithm.softmax_accurate,
                layout,
                layout,
                layout,
                axis,
                description,
                program.attributes(new PostOps()),
                false);
        program.add(
                backward,
                new softmax_backward(backward),
                Map.of(
                        dnnl.DNNL_ARG_DST, probabilities,
                        dnnl.DNNL_ARG_DIFF_DST, gradient,
                        dnnl.DNNL_ARG_DIFF_SRC, gradient));
    }
}
