package org.sd15.importer.ldm;

import java.nio.file.Path;
import java.util.Map;
import java.util.function.IntFunction;
import org.sd15.importer.io.ImportException;
import org.sd15.importer.tensor.TensorFile;
import org.sd15.importer.tensor.TensorInfo;

/** The shapes of one part of a single-file checkpoint, asked for by names without the part's prefix. */
record LdmTensors(Path path, Map<String, TensorInfo> tensors, String prefix) {

    /** The widest dimension that is taken for a model's; CLIP's vocabulary has some fifty thousand words. */
    static final int WIDEST = 1 << 20;

    /** Levels, residual blocks and layers that are counted; the largest text encoder of its kind has 32 layers. */
    static final int MOST_LAYERS = 128;

    static LdmTensors of(TensorFile file, String prefix) {
        return new LdmTensors(file.path(), file.tensors(), prefix);
    }

    boolean has(String name) {
        return tensors.containsKey(prefix + name);
    }

    /** One dimension of a tensor. */
    int dimension(String name, int axis) {
        long[] shape = shape(name);
        if (axis >= shape.length || shape[axis] < 1 || shape[axis] > WIDEST) {
            throw new ImportException(
                    path, "%s is no tensor of Stable Diffusion 1.x".formatted(tensors.get(prefix + name)));
        }
        return (int) shape[axis];
    }

    int rank(String name) {
        return shape(name).length;
    }

    private long[] shape(String name) {
        TensorInfo info = tensors.get(prefix + name);
        if (info == null) {
            throw new ImportException(
                    path, "has no tensor %s%s, which Stable Diffusion 1.x has".formatted(prefix, name));
        }
        return info.shape();
    }

    /**
     * How many of a numbered tensor there are, counted from 0 to the first that is missing.
     *
     * @throws ImportException if they are more than any such model has
     */
    int count(IntFunction<String> name) {
        int count = 0;
        while (has(name.apply(count))) {
            count++;
            if (count > MOST_LAYERS) {
                throw new ImportException(
                        path,
                        "has more than %d of %s%s and the like, which is no Stable Diffusion 1.x"
                                .formatted(MOST_LAYERS, prefix, name.apply(0)));
            }
        }
        return count;
    }
}
