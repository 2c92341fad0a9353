package org.sd15.attention.session;

import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.attention.graph.ParameterSpec;
import org.sd15.attention.graph.Weights;
import org.sd15.attention.machine.HalfPrecision;

/**
 * Weight arrays by name, of which some may be in half precision, as a file has them. To whoever asks for such a one it is
 * float32: it is widened then, and is float32 from then on.
 */
final class StoredArrays extends AbstractMap<String, INDArray> {

    private final Map<String, INDArray> arrays = new LinkedHashMap<>();
    private final Map<String, ParameterSpec> narrow = new LinkedHashMap<>();
    private final Weights source;
    private boolean widened;

    /** None so far. */
    StoredArrays(Weights source) {
        this.source = source;
    }

    /** Those of another handle: what is widened or replaced in one of both, the other does not see. */
    StoredArrays copy() {
        StoredArrays copy = new StoredArrays(source);
        copy.arrays.putAll(arrays);
        copy.narrow.putAll(narrow);
        return copy;
    }

    /** Adds an array as it is stored. */
    void add(ParameterSpec spec, INDArray stored) {
        arrays.put(spec.name(), stored);
        if (HalfPrecision.is(stored.dataType())) {
            narrow.put(spec.name(), spec);
        }
    }

    /** The type of an array to whoever asks for it. */
    DataType type(String name, INDArray stored) {
        return narrow.containsKey(name) ? DataType.FLOAT : stored.dataType();
    }

    /** All of them, as they are stored. */
    Map<String, INDArray> stored() {
        return Collections.unmodifiableMap(arrays);
    }

    /** Puts arrays in the place of others. */
    void replace(Map<String, INDArray> replacements) {
        arrays.putAll(replacements);
        narrow.keySet().removeAll(replacements.keySet());
    }

    /**
     * Whether any was widened since this was last asked: who was given the array may write to it, and graphs that have the
     * stored one don't see that.
     */
    boolean takeWidened() {
        boolean any = widened;
        widened = false;
        return any;
    }

    @Override
    public @Nullable INDArray get(Object name) {
        ParameterSpec spec = narrow.remove(name);
        if (spec != null) {
            arrays.put(spec.name(), source.get(spec));
            widened = true;
        }
        return arrays.get(name);
    }

    /** Shows all to a reader, one after the other; what is widened for it is freed again. */
    void read(BiConsumer<String, INDArray> reader) {
        arrays.forEach((name, array) -> {
            if (!narrow.containsKey(name)) {
                reader.accept(name, array);
                return;
            }
            try (INDArray copy = array.castTo(DataType.FLOAT)) {
                reader.accept(name, copy);
            }
        });
    }

    @Override
    public boolean containsKey(Object name) {
        return arrays.containsKey(name);
    }

    @Override
    public Set<String> keySet() {
        return Collections.unmodifiableSet(arrays.keySet());
    }

    @Override
    public int size() {
        return arrays.size();
    }

    @Override
    public Set<Entry<String, INDArray>> entrySet() {
        return new AbstractSet<>() {
            @Override
            public Iterator<Entry<String, INDArray>> iterator() {
                return keySet().stream()
                        .map(name -> Map.entry(name, found(name)))
                        .iterator();
            }

            @Override
            public int size() {
                return arrays.size();
            }
        };
    }

    private INDArray found(String name) {
        INDArray array = get(name);
        if (array == null) {
            throw new IllegalStateException(name);
        }
        return array;
    }

    @Override
    public String toString() {
        return arrays.keySet().stream().collect(Collectors.joining(", ", "{", "}"));
    }
}
