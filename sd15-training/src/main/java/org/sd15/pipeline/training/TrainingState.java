package org.sd15.pipeline.training;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.importer.io.VisibleText;
import org.sd15.pipeline.random.RandomState;

/** Everything that decides the steps to come, as tensors and remarks. */
public final class TrainingState {

    private static final String WORDS = ".words";
    private static final String SPARE = ".spare";

    private final Map<String, INDArray> tensors = new LinkedHashMap<>();
    private final Map<String, String> remarks = new LinkedHashMap<>();

    /** Nothing yet. */
    TrainingState() {}

    /** What a file holds. */
    TrainingState(Map<String, INDArray> tensors, Map<String, String> remarks) {
        this.tensors.putAll(tensors);
        this.remarks.putAll(remarks);
    }

    Map<String, INDArray> tensors() {
        return tensors;
    }

    Map<String, String> remarks() {
        return remarks;
    }

    /** Adds a tensor as it is; it is written before the next step. */
    public void put(String name, INDArray array) {
        tensors.put(name, array);
    }

    /** Copies a tensor into an array of its shape. */
    public void read(String name, INDArray into) {
        INDArray array = tensor(name);
        if (!Arrays.equals(array.shape(), into.shape())) {
            throw new IllegalArgumentException("%s has shape %s in the checkpoint, this run needs %s"
                    .formatted(name, Arrays.toString(array.shape()), Arrays.toString(into.shape())));
        }
        into.assign(array);
    }

    /** A tensor of this name. */
    public INDArray tensor(String name) {
        INDArray array = tensors.get(name);
        if (array == null) {
            throw new IllegalArgumentException(
                    "the checkpoint has no tensor " + name + ": it is of another kind of run");
        }
        return array;
    }

    /** Adds a remark. */
    public void remark(String key, Object value) {
        remarks.put(key, String.valueOf(value));
    }

    /** A remark. */
    public String text(String key) {
        String value = remarks.get(key);
        if (value == null) {
            throw new IllegalArgumentException("the checkpoint doesn't say " + key + ": it is of another kind of run");
        }
        return value;
    }

    /** A remark that is a whole number from 0. */
    public int number(String key) {
        return number(key, Integer.MAX_VALUE);
    }

    /**
     * A remark that is a whole number from 0.
     *
     * @param most the greatest that makes sense
     */
    public int number(String key, int most) {
        String text = text(key);
        try {
            int number = Integer.parseInt(text);
            if (number >= 0 && number <= most) {
                return number;
            }
        } catch (NumberFormatException none) {
            throw notNumber(key, text, most);
        }
        throw notNumber(key, text, most);
    }

    private static IllegalArgumentException notNumber(String key, String text, int most) {
        return new IllegalArgumentException("the checkpoint says %s = \"%s\", which must be a whole number from 0 to %d"
                .formatted(key, VisibleText.of(text), most));
    }

    /** A remark that is a number. */
    double decimal(String key) {
        String text = text(key);
        try {
            return Double.parseDouble(text);
        } catch (NumberFormatException none) {
            throw new IllegalArgumentException(
                    "the checkpoint says %s = \"%s\", which must be a number".formatted(key, VisibleText.of(text)),
                    none);
        }
    }

    /** Adds the state of a generator. */
    public void put(String name, RandomState state) {
        int[] words = state.words().stream().mapToInt(Integer::intValue).toArray();
        int[] all = Arrays.copyOf(words, words.length + 1);
        all[words.length] = state.position();
        tensors.put(name + WORDS, Nd4j.createFromArray(all));
        Double spare = state.spareNormal();
        tensors.put(name + SPARE, Nd4j.createFromArray(spare == null ? Double.NaN : spare));
    }

    /** A tensor of whole numbers in one dimension. */
    public int[] integers(String name) {
        INDArray array = tensor(name);
        if (array.rank() != 1) {
            throw new IllegalArgumentException("%s has shape %s in the checkpoint, must have one dimension"
                    .formatted(name, Arrays.toString(array.shape())));
        }
        return array.castTo(DataType.INT32).toIntVector();
    }

    /** The state of a generator. */
    public RandomState random(String name) {
        int[] all = integers(name + WORDS);
        if (all.length == 0) {
            throw new IllegalArgumentException("the checkpoint has no words in " + name + WORDS);
        }
        int[] words = Arrays.copyOf(all, all.length - 1);
        INDArray normal = tensor(name + SPARE);
        if (normal.length() != 1) {
            throw new IllegalArgumentException(
                    "the checkpoint has %d numbers in %s, must have one".formatted(normal.length(), name + SPARE));
        }
        double spare = normal.getDouble(0);
        return new RandomState(
                Arrays.stream(words).boxed().toList(), all[words.length], Double.isNaN(spare) ? null : spare);
    }
}
