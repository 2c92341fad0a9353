package org.sd15.importer.torch;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.sd15.importer.tensor.DType;

/**
 * What a pickle can hold here, beside texts ({@code String}), numbers ({@code Long}, {@code BigInteger}, {@code Double}),
 * truth values ({@code Boolean}), {@code byte[]} and lists ({@code ArrayList}).
 *
 * <p>Values are compared by identity and never hashed or printed: a few hundred bytes of pickle can describe lists of
 * lists that would take years to traverse.
 */
sealed interface PickleValue {

    /** Python's {@code None}, and the mark on the stack. */
    enum Singleton implements PickleValue {
        NONE,
        MARK
    }

    /** A tuple. */
    final class Tuple implements PickleValue {

        private final List<Object> items;

        Tuple(List<Object> items) {
            this.items = items;
        }

        int size() {
            return items.size();
        }

        Object get(int index) {
            return items.get(index);
        }

        List<Object> items() {
            return items;
        }
    }

    /** A dict. Keys may be anything, only texts are looked at. */
    final class Dict implements PickleValue {

        private final List<Object> keys = new ArrayList<>();
        private final List<Object> values = new ArrayList<>();
        private final boolean module;
        private @Nullable Dict state;

        Dict() {
            this(false);
        }

        private Dict(boolean module) {
            this.module = module;
        }

        /** A module that is a dict of parameters: they are in its state, which follows. */
        static Dict ofModule() {
            return new Dict(true);
        }

        /** Takes the state of a module; of other dicts it is of no interest. */
        void setState(Object value) {
            if (module && value instanceof Dict dict) {
                state = dict;
            }
        }

        /** Itself, or the parameters of a module. Tensors that are no parameters are in the state itself. */
        Dict contents() {
            if (state == null) {
                return this;
            }
            return state.get("_parameters") instanceof Dict parameters && parameters.size() > 0 ? parameters : state;
        }

        void put(Object key, Object value) {
            keys.add(key);
            values.add(value);
        }

        int size() {
            return keys.size();
        }

        Object key(int index) {
            return keys.get(index);
        }

        Object value(int index) {
            return values.get(index);
        }

        @Nullable
        Object get(String key) {
            for (int i = keys.size() - 1; i >= 0; i--) {
                if (key.equals(keys.get(i))) {
                    return values.get(i);
                }
            }
            return null;
        }
    }

    /** The name of a class or function. It is a name and nothing more. */
    record Global(String module, String name) implements PickleValue {
        @Override
        public String toString() {
            return module + "." + name;
        }
    }

    /** Something that was described by a harmless constructor and that nothing here needs, such as a numpy scalar. */
    record Opaque(Global kind) implements PickleValue {}

    /**
     * A run of numbers outside the pickle, of which tensors are views.
     *
     * @param key its name in the file
     * @param dtype what it holds; bytes where the tensors say it
     * @param length how many
     */
    record Storage(String key, DType dtype, long length) implements PickleValue {

        long bytes() {
            return dtype.bytes(length);
        }
    }

    /** A tensor: a storage with an offset and strides, all in elements of its own format. */
    final class Tensor implements PickleValue {

        final Storage storage;
        final DType dtype;
        final long offset;
        final long[] shape;
        final long[] strides;

        Tensor(Storage storage, DType dtype, long offset, long[] shape, long[] strides) {
            this.storage = storage;
            this.dtype = dtype;
            this.offset = offset;
            this.shape = shape;
            this.strides = strides;
        }

        /** The number of elements. */
        long length() {
            return Arrays.stream(shape).reduce(1, Math::multiplyExact);
        }

        /** How many elements of the storage it spans, from its first to its last, both counted. */
        long span() {
            long last = 0;
            for (int i = 0; i < shape.length; i++) {
                last = Math.addExact(last, Math.multiplyExact(shape[i] - 1, strides[i]));
            }
            return length() == 0 ? 0 : last + 1;
        }

        /** Whether its elements follow each other in C order without a gap. */
        boolean isContiguous() {
            long expected = 1;
            for (int i = shape.length - 1; i >= 0; i--) {
                if (shape[i] != 1 && strides[i] != expected) {
                    return length() == 0;
                }
                expected *= shape[i];
            }
            return true;
        }
    }
}
