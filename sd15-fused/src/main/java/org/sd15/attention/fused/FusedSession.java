package org.sd15.attention.fused;

import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.bytedeco.dnnl.memory;
import org.jspecify.annotations.Nullable;
import org.nd4j.autodiff.functions.DifferentialFunction;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.config.ExecutionResult;
import org.nd4j.autodiff.samediff.config.SDValue;
import org.nd4j.autodiff.samediff.internal.FrameIter;
import org.nd4j.autodiff.samediff.internal.InferenceSession;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.OpContext;
import org.sd15.attention.fused.onednn.PackedWeights;
import org.sd15.attention.fused.onednn.Program;
import org.sd15.attention.fused.onednn.ProgramBuilder;
import org.sd15.attention.fused.onednn.Scratch;
import org.sd15.attention.fused.ops.ConvolutionInputGradient;
import org.sd15.attention.fused.ops.FusedOp;
import org.sd15.attention.fused.ops.Kernel;
import org.sd15.attention.fused.ops.LinearInputGradient;
import org.sd15.attention.graph.Execution;
import org.sd15.attention.graph.RepeatedSession;

/** A session that runs {@link FusedOp}s itself and leaves everything else to ND4J. */
final class FusedSession extends RepeatedSession implements Execution.Session {

    /** A program, and the arguments that it was made for. */
    private record BuiltProgram(Program program, Arrangement in, Arrangement out) {

        boolean fits(INDArray[] given, INDArray[] results) {
            return in.is(given) && out.is(results);
        }
    }

    /** Shapes and types of arrays, and how they lie in memory. */
    private record Arrangement(long[][] shapes, long[][] strides, DataType[] types) {

        static Arrangement of(INDArray[] arrays) {
            return new Arrangement(
                    Arrays.stream(arrays).map(INDArray::shape).toArray(long[][]::new),
                    Arrays.stream(arrays).map(INDArray::stride).toArray(long[][]::new),
                    Arrays.stream(arrays).map(INDArray::dataType).toArray(DataType[]::new));
        }

        boolean is(INDArray[] arrays) {
            for (int i = 0; i < arrays.length; i++) {
                if (arrays[i].dataType() != types[i]
                        || !Arrays.equals(arrays[i].shape(), shapes[i])
                        || !Arrays.equals(arrays[i].stride(), strides[i])) {
                    return false;
                }
            }
            return true;
        }
    }

    private final PackedWeights packed;
    private final memory.data_type matrixType;
    private final @Nullable Profile profile;
    private final Scratch scratch = new Scratch();
    private final Map<FusedOp, BuiltProgram> programs = new IdentityHashMap<>();
    private boolean rehearsing;

    FusedSession(SameDiff graph, PackedWeights packed, memory.data_type matrixType, @Nullable Profile profile) {
        super(graph);
        this.matrixType = matrixType;
        this.packed = packed;
        this.profile = profile;
    }

    @Override
    public ExecutionResult doExec(
            DifferentialFunction op,
            OpContext context,
            FrameIter frame,
            Set<VarId> inputs,
            Set<VarId> iterations,
            Set<String> constants,
            Map<String, SDValue> placeholders) {
        if (profile == null || rehearsing) {
            return execute(op, context, frame, inputs, iterations, constants, placeholders);
        }
        long start = System.nanoTime();
        ExecutionResult result = execute(op, context, frame, inputs, iterations, constants, placeholders);
        long nanos = System.nanoTime() - start;
        List<long[]> shapes =
                context.getInputArrays().stream().map(INDArray::shape).toList();
        if (op instanceof FusedOp fused) {
            Kernel kernel = fused.kernel();
            profile.add(kernel.getClass().getSimpleName(), described(shapes), kernel.flops(shapes), nanos);
        } else {
            profile.add("ND4J's " + op.opName(), described(shapes), 0, nanos);
        }
        return result;
    }

    /** The first two shapes, which tell operations apart. */
    private static String described(List<long[]> shapes) {
        return shapes.stream().limit(2).map(Arrays::toString).collect(Collectors.joining(" "));
    }

    private ExecutionResult execute(
            DifferentialFunction op,
            OpContext context,
            FrameIter frame,
            Set<VarId> inputs,
            Set<VarId> iterations,
            Set<String> constants,
            Map<String, SDValue> placeholders) {
        if (!(op instanceof FusedOp fused)) {
            return super.doExec(op, context, frame, inputs, iterations, constants, placeholders);
        }
        if (!rehearsing) {
            run(
                    fused,
                    context.getInputArrays().toArray(INDArray[]::new),
                    context.getOutputArrays().toArray(INDArray[]::new));
        }
        return ExecutionResult.createFrom(fused, context);
    }

    private void run(FusedOp op, INDArray[] given, INDArray[] out) {
        INDArray[] in = given.clone();
        Kernel kernel = op.kernel();
        for (int i = 0; i < in.length; i++) {
            if (!kernel.takesViews(i) && !isDense(in[i])) {
                in[i] = in[i].dup('c');
            }
        }
        BuiltProgram built = programs.get(op);
        if (built == null || !built.fits(in, out)) {
            built = make(kernel, in, out);
            programs.put(op, built);
        }
        built.program().run(in, out, scratch, packed);
        if (kernel instanceof LinearInputGradient || kernel instanceof ConvolutionInputGradient) {
            packed.doneReading(given[1]);
        }
        for (int i = 0; i < in.length; i++) {
            if (in[i] != given[i]) {
                in[i].close();
            }
        }
    }

    private BuiltProgram make(Kernel kernel, INDArray[] in, INDArray[] out) {
        ProgramBuilder builder = new ProgramBuilder(in, out, matrixType);
        kernel.build(builder);
        return new BuiltProgram(builder.build(), Arrangement.of(in), Arrangement.of(out));
    }

    /** Whether the elements lie one after the other, the last dimension first. */
    private static boolean isDense(INDArray array) {
        long expected = 1;
        for (int i = array.rank() - 1; i >= 0; i--) {
            if (array.size(i) != 1 && array.stride(i) != expected) {
                return false;
            }
            expected *= array.size(i);
        }
        return true;
    }

    @Override
    public InferenceSession inference() {
        return this;
    }

    @Override
    public boolean rehearses(boolean begins) {
        rehearsing = begins;
        return true;
    }

    @Override
    public void trim() {
        scratch.close();
    }

    @Override
    public void close() {
        getMmgr().close();
        scratch.close();
        programs.clear();
    }
}
