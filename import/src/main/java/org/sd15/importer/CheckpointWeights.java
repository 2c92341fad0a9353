package org.sd15.importer;

import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.attention.graph.ParameterSpec;
import org.sd15.attention.graph.Weights;
import org.sd15.importer.io.ImportException;
import org.sd15.importer.tensor.DType;
import org.sd15.importer.tensor.Shapes;
import org.sd15.importer.tensor.TensorFile;
import org.sd15.importer.tensor.TensorInfo;

/**
 * A file's tensors as the weights of graphs. A tensor is loaded when it is first asked for and once only: every graph gets
 * the same array. Several threads may ask at once.
 *
 * <p>Closing frees the arrays and closes the file; no graph may use them after that.
 */
public final class CheckpointWeights implements Weights, AutoCloseable {

    private final TensorFile file;
    private final DataType type;
    private final Map<String, INDArray> loaded = new HashMap<>();
    private final Map<String, INDArray> halves = new HashMap<>();
    private final Map<ParameterSpec, INDArray> reshaped = new HashMap<>();
    private boolean closed;

    /** Takes over a file whose tensors have diffusers' names, to be loaded as {@code FLOAT}. */
    public CheckpointWeights(TensorFile file) {
        this(file, DataType.FLOAT);
    }

    /**
     * Takes over a file whose tensors have diffusers' names.
     *
     * @param file closed when this is
     * @param type {@code FLOAT}, or {@code DOUBLE} to check gradients
     */
    public CheckpointWeights(TensorFile file, DataType type) {
        this.file = file;
        this.type = type;
    }

    /** The file. */
    public TensorFile file() {
        return file;
    }

    /** Compares the file with a model before anything is loaded. */
    public ImportReport check(List<ParameterSpec> parameters) {
        return ImportReport.of(file, parameters);
    }

    /**
     * {@inheritDoc}
     *
     * @throws ImportException if the file has no such tensor or its shape is another; dimensions of one at the end may
     *     differ
     */
    @Override
    public synchronized INDArray get(ParameterSpec spec) {
        requireFitting(spec);
        INDArray array = loaded.computeIfAbsent(spec.name(), name -> file.load(name, type));
        return spec.fits(array.shape())
                ? array
                : reshaped.computeIfAbsent(spec, wanted -> array.reshape('c', wanted.shape()));
    }

    /**
     * {@inheritDoc}
     *
     * <p>Tensors of {@code F16} and {@code BF16} are given as the file has them, without a copy where it is mapped, unless
     * the parameter was asked for in float32 before.
     *
     * @throws ImportException as {@link #get}
     */
    @Override
    public synchronized INDArray stored(ParameterSpec spec) {
        requireFitting(spec);
        DType dtype = file.info(spec.name()).dtype();
        if (type != DataType.FLOAT || (dtype != DType.F16 && dtype != DType.BF16) || loaded.containsKey(spec.name())) {
            return get(spec);
        }
        INDArray array = halves.computeIfAbsent(spec.name(), file::loadHalf);
        return spec.fits(array.shape()) ? array : array.reshape('c', spec.shape());
    }

    private void requireFitting(ParameterSpec spec) {
        if (closed) {
            throw new IllegalStateException(file.path() + ": the weights are closed");
        }
        TensorInfo info = file.info(spec.name());
        if (!Shapes.equalUpToTrailingOnes(info.shape(), spec.shape())) {
            throw new ImportException(
                    file.path(),
                    "%s is %s, must be %s"
                            .formatted(spec.name(), Arrays.toString(info.shape()), Arrays.toString(spec.shape())));
        }
    }

    @Override
    public String origin() {
        return file.path().toString();
    }

    /**
     * Looks for weights that are infinite or not a number, as half precision leaves behind when a value was too large.
     *
     * @return the names of the tensors that have any; nothing is loaded for it
     */
    public List<String> nonFinite(List<ParameterSpec> parameters) {
        return parameters.stream()
                .map(ParameterSpec::name)
                .filter(name -> file.tensors().containsKey(name) && !file.isFinite(name))
                .toList();
    }

    /**
     * Makes sure that all weights are numbers.
     *
     * @throws ImportException if not; the message names the tensors
     */
    public void requireFinite(List<ParameterSpec> parameters) {
        List<String> names = nonFinite(parameters);
        if (!names.isEmpty()) {
            throw new ImportException(
                    file.path(),
                    "%d tensors have values that are infinite or not a number: %s"
                            .formatted(names.size(), String.join(", ", names)));
        }
    }

    @Override
    public synchronized void close() throws IOException {
        if (closed) {
            return;
        }
        closed = true;
        Stream.of(loaded, halves)
                .flatMap(arrays -> arrays.values().stream())
                .filter(INDArray::closeable)
                .forEach(INDArray::close);
        loaded.clear();
        halves.clear();
        reshaped.clear();
        file.close();
    }
}
