package org.sd15.attention.session;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.attention.graph.Execution;
import org.sd15.attention.graph.ParameterSpec;
import org.sd15.attention.graph.Weights;
import org.sd15.attention.machine.HalfPrecision;

/**
 * The weight arrays of one model, fetched once; all its graphs read these. Several handles on the model have a table each,
 * of the same arrays.
 */
public final class ParameterTable implements Weights {

    private final StoredArrays arrays;
    private final Set<String> replaced = new HashSet<>();
    private final String origin;
    private final Handles handles;

    /**
     * Fetches all parameters of a model. Nothing is copied where the data type is right.
     *
     * @param dataType FLOAT or DOUBLE
     * @throws IllegalArgumentException if one is missing, closed, of another shape or no floating-point number, or if
     *     nothing computes in the data type
     */
    public ParameterTable(List<ParameterSpec> specs, Weights source, DataType dataType) {
        this(specs, source, dataType, Execution.NATIVE);
    }

    /**
     * Fetches all parameters of a model for an execution. Where it reads half precision, matrices and kernels stay as they
     * are stored until somebody asks for them in float32.
     *
     * @throws IllegalArgumentException as the other constructor
     */
    public ParameterTable(List<ParameterSpec> specs, Weights source, DataType dataType, Execution execution) {
        ArrayCheck.requireComputable(dataType);
        boolean keeps = dataType == DataType.FLOAT && execution.readsHalfPrecision();
        this.origin = source.origin();
        this.arrays = new StoredArrays(source);
        for (ParameterSpec spec : specs) {
            INDArray stored = keeps && spec.shape().length > 1 ? source.stored(spec) : source.get(spec);
            INDArray array = ArrayCheck.requireShape("the weight " + spec.name(), stored, spec.shape());
            boolean kept = keeps && spec.shape().length > 1 && HalfPrecision.is(array.dataType());
            arrays.add(spec, kept ? array : array.castTo(dataType));
        }
        this.handles = new Handles();
    }

    private ParameterTable(ParameterTable other) {
        this.arrays = other.arrays.copy();
        replaced.addAll(other.replaced);
        this.origin = other.origin;
        this.handles = other.handles;
        handles.add();
    }

    /** The table of another handle: what is replaced in one stays in the other. */
    public ParameterTable share() {
        return new ParameterTable(this);
    }

    /** The handle whose table it is was closed. */
    public void release() {
        handles.remove();
    }

    /**
     * Makes sure that no other handle has these arrays, so that they may be written to.
     *
     * @param model what it is the table of, for the message
     * @throws IllegalStateException if one has
     */
    public void requireUnshared(String model) {
        handles.requireSingle(model);
    }

    /**
     * Gives back what an execution keeps of these arrays, unless another handle may be computing with them. Whoever calls it
     * sees to it that this one is not.
     */
    public void forgetIn(Execution execution) {
        if (handles.isSingle()) {
            execution.forget(arrays.stored().values());
        }
    }

    /**
     * Makes sure that nobody has closed an array meanwhile: reading it would end the process.
     *
     * @throws IllegalStateException if one has
     */
    public void requireOpen() {
        arrays.stored().forEach((name, array) -> {
            if (array.wasClosed()) {
                throw new IllegalStateException(
                        "the weight %s was closed: the model computes with the array itself, not with a copy"
                                .formatted(name));
            }
        });
    }

    @Override
    public INDArray get(ParameterSpec spec) {
        return get(spec.name());
    }

    @Override
    public INDArray stored(ParameterSpec spec) {
        return stored(spec.name());
    }

    /** The array of a parameter as it is stored, which may be in half precision: to be read only. */
    public INDArray stored(String name) {
        return present(name, arrays.stored().get(name));
    }

    /** The array of a parameter, in diffusers' layout. */
    public INDArray get(String name) {
        return present(name, arrays.get(name));
    }

    /** A copy of a weight, of the table's data type. */
    public INDArray copy(String name) {
        INDArray stored = stored(name);
        DataType type = arrays.type(name, stored);
        return stored.dataType() == type ? stored.dup('c') : stored.castTo(type);
    }

    private static INDArray present(String name, @Nullable INDArray array) {
        if (array == null) {
            throw new IllegalArgumentException("the model has no parameter " + name);
        }
        return array;
    }

    /**
     * Whether arrays were asked for since this was last called that graphs may have as they are stored: such graphs are to be
     * built anew, because whoever has the array may write to it.
     */
    public boolean takeWidened() {
        return arrays.takeWidened();
    }

    /** Shows all weights to a reader, in the order of the model, without keeping what has to be widened for it. */
    public void read(BiConsumer<String, INDArray> reader) {
        arrays.read(reader);
    }

    /**
     * Puts arrays in the place of others. Graphs that were built before hold on to the old ones.
     *
     * @throws IllegalArgumentException if there is no such parameter, or the shape or the data type is another; then
     *     nothing is replaced
     */
    public void replace(Map<String, INDArray> replacements) {
        replacements.forEach((name, array) -> {
            INDArray present = stored(name);
            DataType type = arrays.type(name, present);
            ArrayCheck.require("what is to replace " + name, array);
            if (!Arrays.equals(present.shape(), array.shape()) || type != array.dataType()) {
                throw new IllegalArgumentException("%s is %s %s, can't be replaced by %s %s"
                        .formatted(
                                name,
                                type,
                                Arrays.toString(present.shape()),
                                array.dataType(),
                                Arrays.toString(array.shape())));
            }
        });
        arrays.replace(replacements);
        replaced.addAll(replacements.keySet());
    }

    /**
     * Makes sure that what was computed with these weights is finite; costs next to nothing if it is.
     *
     * @param what it is, as the subject of a sentence
     * @param inputs what it was computed from besides the weights, by name
     * @return the result
     * @throws ArithmeticException if it is not; the message names the weight that is to blame, with its file, if one is
     */
    public INDArray requireFinite(String what, INDArray result, Map<String, INDArray> inputs) {
        NumberCheck.requireResult(what, result, inputs, this);
        return result;
    }

    /** The first weight with a value that is infinite or not a number, where it is from and where the value is. */
    Optional<String> firstBad() {
        List<String> found = new ArrayList<>();
        arrays.read((name, array) -> {
            if (found.isEmpty()) {
                NumberCheck.firstBad(array)
                        .ifPresent(bad -> found.add("%sthe weight %s is %s".formatted(origin(name), name, bad)));
            }
        });
        return found.stream().findFirst();
    }

    private String origin(String name) {
        return origin.isEmpty() || replaced.contains(name) ? "" : "in " + origin + " ";
    }

    /** All arrays by name, in the order of the model. Those that are stored in half precision are widened when asked for. */
    public Map<String, INDArray> arrays() {
        return Collections.unmodifiableMap(arrays);
    }
}
