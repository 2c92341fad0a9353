package org.sd15.importer.ldm;

import java.nio.file.Path;
import java.util.Map;
import java.util.function.IntFunction;
import org.sd15.importer.io.ImportException;
import org.sd15.importer.tensor.TensorFile;
import org.sd15.importer.tensor.TensorInfo;

/** The shapes of one part of a single-file checkpoint, asked for by names without the part's prefix. */
record LdmTensors(Path path, Map<String, TensorInfo> tensors, String prefix) {

    static LdmTensors of(TensorFile file, String prefix) {
        return new LdmTensors(file.path(), file.tensors(), prefix);
    }

    boolean has(String name) {
        return tensors.containsKey(prefix + name);
    }

    /** One dimension of a tensor. */
    int dimension(String name, int axis) {
        long[] shape = shape(name);
        if (axis >= shape.length || shape[axis] > Integer.MAX_VALUE) {
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

    /** How many of a numbered tensor there are, counted from 0 to the first that is missing. */
    int count(IntFunction<String> name) {
        int count = 0;
        while (has(name.apply(count))) {
            count++;
        }
        return count;
    }
}
