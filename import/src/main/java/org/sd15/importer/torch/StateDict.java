package org.sd15.importer.torch;

import java.nio.file.Path;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.sd15.importer.io.ImportException;
import org.sd15.importer.torch.PickleValue.Dict;
import org.sd15.importer.torch.PickleValue.Tensor;

/**
 * The tensors in what a pickle holds. Dicts within dicts are joined by dots; a training checkpoint's {@code state_dict}
 * stands for the whole, its optimiser states and counters are left out.
 */
final class StateDict {

    private static final int DEEPEST = 16;

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
        result.collect("", dict.get("state_dict") instanceof Dict inner ? inner : dict, 0);
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

    /** Every dict is walked once, however often it is referred to. */
    private void collect(String prefix, Dict dict, int depth) {
        if (depth > DEEPEST || !seen.add(dict)) {
            return;
        }
        for (int i = 0; i < dict.size(); i++) {
            if (!(dict.key(i) instanceof String key)) {
                continue;
            }
            if (dict.value(i) instanceof Dict inner) {
                collect(prefix + key + ".", inner, depth + 1);
            } else if (dict.value(i) instanceof Tensor tensor && tensors.put(prefix + key, tensor) != null) {
                throw new ImportException(path, "has two tensors " + prefix + key);
            }
        }
    }

    private void note(Dict dict) {
        for (int i = 0; i < dict.size(); i++) {
            Object value = dict.value(i);
            if (dict.key(i) instanceof String key && (value instanceof String || value instanceof Long)) {
                remarks.put(key, value.toString());
            }
        }
    }
}
