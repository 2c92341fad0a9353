package org.sd15.attention.fused.ops;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.imports.NoOpNameFoundException;
import org.nd4j.imports.converters.DifferentialFunctionClassHolder;
import org.nd4j.imports.converters.ImportClassMapping;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.api.ops.OpContext;
import org.nd4j.linalg.api.shape.LongShapeDescriptor;

/**
 * An operation of the fused formulation in a SameDiff graph. ND4J does not know it: only the session of a
 * {@link org.sd15.attention.fused.FusedExecution} runs it.
 */
public final class FusedOp extends DynamicCustomOp {

    private static final String NAME = "sd15_fused";

    private @Nullable Kernel kernel;

    /** For SameDiff, which makes an operation first and says then what it is. */
    public FusedOp() {}

    private FusedOp(SameDiff graph, Kernel kernel, SDVariable... inputs) {
        super(NAME, graph, inputs);
        this.kernel = kernel;
        addIArgument(KernelCodec.encode(kernel));
    }

    /** Adds an operation to a graph. */
    public static FusedOp in(SameDiff graph, Kernel kernel, SDVariable... inputs) {
        return new FusedOp(graph, kernel, inputs);
    }

    /** What it computes. */
    public Kernel kernel() {
        if (kernel == null) {
            kernel = KernelCodec.decode(iArgs());
        }
        return kernel;
    }

    /** Another operation in the same graph: what a derivative is made of. */
    FusedOp next(Kernel other, SDVariable... inputs) {
        return in(sameDiff, other, inputs);
    }

    @Override
    public String opName() {
        return NAME;
    }

    /** ND4J asks for it when it is to execute the operation, which it can't. */
    @Override
    public long opHash() {
        throw new UnsupportedOperationException("a fused operation runs only in the session of its execution:"
                + " give GraphSession and GradientFunction the execution that the graph was built for");
    }

    @Override
    public int getNumOutputs() {
        return kernel().outputs();
    }

    @Override
    public List<DataType> calculateOutputDataTypes(List<DataType> inputs) {
        return Collections.nCopies(getNumOutputs(), DataType.FLOAT);
    }

    @Override
    public List<LongShapeDescriptor> calculateOutputShape() {
        return shapes(inputArguments());
    }

    @Override
    public List<LongShapeDescriptor> calculateOutputShape(OpContext context) {
        return shapes(context.getInputArrays());
    }

    private List<LongShapeDescriptor> shapes(List<INDArray> inputs) {
        List<long[]> shapes =
                kernel().shapes(inputs.stream().map(INDArray::shape).toList());
        List<LongShapeDescriptor> descriptors = new ArrayList<>();
        for (int i = 0; i < shapes.size(); i++) {
            descriptors.add(kernel().descriptor(i, shapes.get(i)));
        }
        return descriptors;
    }

    @Override
    public List<SDVariable> doDiff(List<SDVariable> gradients) {
        return kernel().differentiate(this, gradients);
    }

    /** ND4J asks for them when it copies the operation into the graph of a derivative. */
    @Override
    public Map<String, Object> propertiesForFunction() {
        Registration.require();
        return new HashMap<>();
    }

    @Override
    public void setPropertiesForFunction(Map<String, Object> properties) {}

    @Override
    public void configureFromArguments() {}

    @Override
    public String onnxName() {
        throw new NoOpNameFoundException();
    }

    @Override
    public String tensorflowName() {
        throw new NoOpNameFoundException();
    }

    @Override
    public String toString() {
        return kernel() + " of " + Arrays.toString(argNames());
    }

    /**
     * The operation in ND4J's table, from which it makes copies. The table is a plain HashMap: it is written once, and after ND4J
     * has gone through it, which a native graph in another thread may be doing; its 622 entries have room for one more without
     * moving, so whoever looks one up meanwhile finds it. To go through it takes a quarter of a second, so
     * whoever only predicts goes without.
     */
    private static final class Registration {
        static {
            DifferentialFunctionClassHolder.getInstance();
            ImportClassMapping.getOpNameMapping().put(NAME, new FusedOp());
        }

        private Registration() {}

        static void require() {
            // The class is initialized by now.
        }
    }
}
