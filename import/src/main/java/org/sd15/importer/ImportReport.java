package org.sd15.importer;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.sd15.attention.graph.ParameterSpec;
import org.sd15.importer.io.ImportException;
import org.sd15.importer.io.Shown;
import org.sd15.importer.names.LegacyNames;
import org.sd15.importer.names.NearestName;
import org.sd15.importer.tensor.Shapes;
import org.sd15.importer.tensor.TensorFile;
import org.sd15.importer.tensor.TensorInfo;

/**
 * How the tensors of a file and the parameters of a model fit together, all of it at once.
 *
 * @param file where the tensors are
 * @param loaded the parameters that have their tensor
 * @param missing the parameters that have none
 * @param wrongShapes the parameters whose tensor has another shape
 * @param unexpected the tensors that no parameter asks for
 * @param ignored known buffers that are no parameters of any model here
 * @param bytes what the loaded tensors take in the file
 */
public record ImportReport(
        Path file,
        List<String> loaded,
        List<Missing> missing,
        List<WrongShape> wrongShapes,
        List<Unexpected> unexpected,
        List<String> ignored,
        long bytes) {

    private static final int MOST_LISTED = 10;

    /** Copies the lists. */
    public ImportReport {
        loaded = List.copyOf(loaded);
        missing = List.copyOf(missing);
        wrongShapes = List.copyOf(wrongShapes);
        unexpected = List.copyOf(unexpected);
        ignored = List.copyOf(ignored);
    }

    /**
     * A parameter without a tensor.
     *
     * @param parameter what the model needs
     * @param nearest the unexpected tensor whose name is most like it, if one is; looked for among
     *     the first ten only, which are shown
     */
    public record Missing(ParameterSpec parameter, Optional<String> nearest) {
        @Override
        public String toString() {
            return parameter
                    + nearest.map(name -> " (the file has " + Shown.of(name) + ")")
                            .orElse("");
        }
    }

    /**
     * A tensor without a parameter.
     *
     * @param tensor what the file has
     * @param nearest the missing parameter whose name is most like it, if one is; looked for among
     *     the first ten only, which are shown
     */
    public record Unexpected(TensorInfo tensor, Optional<String> nearest) {
        @Override
        public String toString() {
            return tensor
                    + nearest.map(name -> " (the model needs " + name + ")").orElse("");
        }
    }

    /**
     * A tensor that does not fit.
     *
     * @param parameter what the model needs
     * @param tensor what the file has
     */
    public record WrongShape(ParameterSpec parameter, TensorInfo tensor) {
        @Override
        public String toString() {
            return "%s is %s, must be %s"
                    .formatted(parameter.name(), Arrays.toString(tensor.shape()), Arrays.toString(parameter.shape()));
        }
    }

    /**
     * Compares the tensors of a file with the parameters of a model. Dimensions of one at the end don't count, as between
     * a 1x1 convolution and a linear layer.
     */
    public static ImportReport of(TensorFile file, List<ParameterSpec> parameters) {
        return of(file.path(), file.tensors().values(), parameters);
    }

    static ImportReport of(Path file, Collection<TensorInfo> tensors, List<ParameterSpec> parameters) {
        Map<String, TensorInfo> left = new LinkedHashMap<>();
        tensors.forEach(tensor -> left.put(tensor.name(), tensor));
        List<String> loaded = new ArrayList<>();
        List<ParameterSpec> missing = new ArrayList<>();
        List<WrongShape> wrong = new ArrayList<>();
        long bytes = 0;
        for (ParameterSpec parameter : parameters) {
            TensorInfo tensor = left.remove(parameter.name());
            if (tensor == null) {
                missing.add(parameter);
            } else if (Shapes.equalUpToTrailingOnes(tensor.shape(), parameter.shape())) {
                loaded.add(parameter.name());
                bytes += tensor.bytes();
            } else {
                wrong.add(new WrongShape(parameter, tensor));
            }
        }
        List<String> ignored =
                left.keySet().stream().filter(LegacyNames::isBuffer).toList();
        ignored.forEach(left::remove);
        Set<String> missingNames =
                missing.stream().map(ParameterSpec::name).collect(Collectors.toCollection(LinkedHashSet::new));
        NearestNames nearMissing = new NearestNames(left.keySet());
        NearestNames nearUnexpected = new NearestNames(missingNames);
        return new ImportReport(
                file,
                loaded,
                missing.stream()
                        .map(spec -> new Missing(spec, nearMissing.of(spec.name())))
                        .toList(),
                wrong,
                left.values().stream()
                        .map(info -> new Unexpected(info, nearUnexpected.of(info.name())))
                        .toList(),
                ignored,
                bytes);
    }

    /** Looks for similar names as long as they are shown: the file of another model has thousands of strange ones. */
    private static final class NearestNames {

        private final Set<String> candidates;
        private int searched;

        NearestNames(Set<String> candidates) {
            this.candidates = candidates;
        }

        Optional<String> of(String name) {
            return searched++ < MOST_LISTED ? Optional.ofNullable(NearestName.of(name, candidates)) : Optional.empty();
        }
    }

    /** Whether every parameter has a tensor of its shape. */
    public boolean isComplete() {
        return missing.isEmpty() && wrongShapes.isEmpty();
    }

    /**
     * Makes sure that every parameter has a tensor of its shape. Tensors that nothing asks for are no reason to fail.
     *
     * @throws ImportException if not; the message has everything that is wrong, up to ten of each kind
     */
    public void requireComplete() {
        if (!isComplete()) {
            throw new ImportException(file, "does not fit the model: " + this);
        }
    }

    /** One line for each kind of finding that there is. */
    @Override
    public String toString() {
        List<String> lines = new ArrayList<>();
        lines.add("%d of %d parameters found (%,d bytes)"
                .formatted(loaded.size(), loaded.size() + missing.size() + wrongShapes.size(), bytes));
        list(lines, "missing", missing, Missing::toString);
        list(lines, "of the wrong shape", wrongShapes, WrongShape::toString);
        list(lines, "unexpected", unexpected, Unexpected::toString);
        list(lines, "ignored", ignored, Shown::of);
        return String.join("\n  ", lines);
    }

    private static <T> void list(List<String> lines, String kind, List<T> items, Function<T, String> show) {
        if (items.isEmpty()) {
            return;
        }
        String shown = items.stream().limit(MOST_LISTED).map(show).collect(Collectors.joining("; "));
        int more = items.size() - MOST_LISTED;
        lines.add("%d %s: %s".formatted(items.size(), kind, shown) + (more > 0 ? "; and %d more".formatted(more) : ""));
    }
}
