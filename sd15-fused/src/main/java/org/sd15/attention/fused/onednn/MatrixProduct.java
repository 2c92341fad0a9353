package org.sd15.attention.fused.onednn;

import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.matmul;
import org.bytedeco.dnnl.memory.desc;
import org.jspecify.annotations.Nullable;

/** A product of matrices of given layouts, or of a batch of them, that a program may use several times. */
public final class MatrixProduct {

    private final ProgramBuilder program;
    private final matmul.primitive_desc description;
    private final matmul primitive;

    /** A product {@code left right}, without a bias. */
    public MatrixProduct(ProgramBuilder program, desc left, desc right, desc result, PostOps post) {
        this(program, left, right, null, result, post);
    }

    /** A product {@code left right + bias}. */
    public MatrixProduct(
            ProgramBuilder program, desc left, desc right, @Nullable desc bias, desc result, PostOps post) {
        this.program = program;
        var attributes = program.attributes(post);
        this.description = bias == null
                ? new matmul.primitive_desc(OneDnn.engine(), left, right, result, attributes, false)
                : new matmul.primitive_desc(OneDnn.engine(), left, right, bias, result, attributes, false);
        this.primitive = new matmul(description);
    }

    /** The layout that the right factor must have. */
    public desc right() {
        return description.weights_desc();
    }

    /** Multiplies. */
    public void add(Slot left, Slot right, @Nullable Slot bias, Slot result, PostOps post) {
        Map<Integer, Slot> arguments = new LinkedHashMap<>(post.arguments());
        arguments.put(dnnl.DNNL_ARG_SRC, left);
        arguments.put(dnnl.DNNL_ARG_WEIGHTS, right);
        arguments.put(dnnl.DNNL_ARG_DST, result);
        if (bias != null) {
            arguments.put(dnnl.DNNL_ARG_BIAS, bias);
        }
        program.add(description, primitive, arguments);
    }
}
