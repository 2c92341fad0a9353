package org.sd15.importer.torch;

import java.nio.file.Path;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.sd15.importer.io.ImportException;
import org.sd15.importer.io.Shown;
import org.sd15.importer.tensor.TensorBounds;
import org.sd15.importer.torch.PickleValue.Dict;
import org.sd15.importer.torch.PickleValue.Tensor;

/**
 * The tensors in what a pickle holds. Dicts within dicts are joined by dots; a training checkpoint's {@code state_dict}
 * is taken for the whole, its optimiser states and counters are left out.
 */
final class StateDict {

    /** Dicts within each other; what is nested deeper is ignored. */
    static final int DEEPEST = 16;

    private final Path path;
    private final Map<String, Tensor> tensors = new LinkedHashMap<>();
    private final Map<String, String> remarks = new LinkedHashMap<>();
    private final Set<Dict> seen = Collections.newSetFromMap(new IdentityHashMap<>());

    private StateDict(Path path) {
        this.path = path;
    }

    static StateDict of(Path path, Object root) {
        if (!(root instanceof Dict dict)) {
            throw new ImportException(path, "holds no tensors by name: its pickle is not a dict");
        }
        StateDict result = new StateDict(path);
        result.collect(null, dict.get("state_dict") instanceof Dict inner ? inner : dict);
        result.note(dict);
        return result;
    }

    Map<String, Tensor> tensors() {
        return tensors;
    }

    /** Texts and whole numbers beside the tensors, such as the name of an embedding or the step of a training. */
    Map<String, String> remarks() {
        return remarks;
    }

    /** Every dict is visited once, however often it is referred to. */
    private void collect(@Nullable Place above, Dict dict) {
        if ((above != null && above.depth > DEEPEST) || !seen.add(dict)) {
            return;
        }
        for (int i = 0; i < dict.size(); i++) {
            if (dict.key(i) instanceof String key) {
                Place place = new Place(above, key);
                if (dict.value(i) instanceof Dict inner) {
                    collect(place, inner.contents());
                } else if (dict.value(i) instanceof Tensor tensor) {
                    add(place, tensor);
                }
            }
        }
    }

    private void add(Place place, Tensor tensor) {
        String name = place.name(path);
        if (tensors.put(name, tensor) != null) {
            throw new ImportException(path, "has two tensors " + Shown.of(name));
        }
        TensorBounds.checkCount(path, tensors.size());
    }

    /** Where something is: its key and those of the dicts around it. Only a tensor's name is put together. */
    private static final class Place {

        private final @Nullable Place above;
        private final String key;
        private final int depth;
        private final long length;

        Place(@Nullable Place above, String key) {
            this.above = above;
            this.key = key;
            this.depth = above == null ? 1 : above.depth + 1;
            this.length = above == null ? key.length() : above.length + 1 + key.length();
        }

        String name(Path file) {
            if (length > TensorBounds.LONGEST_NAME) {
                throw new ImportException(
                        file,
                        "has a tensor whose name has %,d characters, at most %,d are read: it ends with %s"
                                .formatted(length, TensorBounds.LONGEST_NAME, Shown.of(key)));
            }
            return above == null ? key : above.name(file) + "." + key;
        }
    }

    private void note(Dict dict) {
        for (int i = 0; i < dict.size(); i++) {
            Object value = dict.value(i);
            if (dict.key(i) instanceof String key && (value instanceof String || value instanceof Long)) {
                remarks.put(key, value.toString());
                TensorBounds.checkRemarks(path, remarks.size());
            }
        }
    }
}
