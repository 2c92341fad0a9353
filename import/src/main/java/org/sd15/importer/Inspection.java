package org.sd15.importer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.sd15.attention.graph.ParameterSpec;
import org.sd15.importer.io.ImportException;
import org.sd15.importer.ldm.LdmCheckpoint;
import org.sd15.importer.names.LegacyNames;
import org.sd15.importer.tensor.DType;
import org.sd15.importer.tensor.TensorFile;
import org.sd15.importer.tensor.TensorInfo;

/**
 * What a path holds, without loading it: a file of weights, a component's folder or a whole model.
 *
 * @param path what was inspected
 * @param parts the models in it; a file of weights is one, a single-file checkpoint several
 * @param absent components that a model's index names and that have no folder or no weights, and those that a
 *     single-file checkpoint lacks
 */
public record Inspection(Path path, List<Part> parts, List<String> absent) {

    private static final Set<String> NETWORKS =
            Arrays.stream(ModelPart.values()).map(Object::toString).collect(Collectors.toSet());

    /** Copies the lists. */
    public Inspection {
        parts = List.copyOf(parts);
        absent = List.copyOf(absent);
    }

    /**
     * One model, or what is beside the models.
     *
     * @param name the component in a folder, otherwise what it looks like
     * @param kind what it looks like
     * @param file where its tensors are
     * @param format how they are stored
     * @param tensors the tensors under this project's names
     * @param metadata the file's remarks
     */
    public record Part(
            String name,
            ModelKind kind,
            Path file,
            FileFormat format,
            List<TensorInfo> tensors,
            Map<String, String> metadata) {

        /** Copies the collections. */
        public Part {
            tensors = List.copyOf(tensors);
            metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
        }

        /** The number of tensors' elements: the parameters and buffers. */
        public long elements() {
            return tensors.stream().mapToLong(TensorInfo::length).sum();
        }

        /** What the tensors take in the file. */
        public long bytes() {
            return tensors.stream().mapToLong(TensorInfo::bytes).sum();
        }

        /** The bytes of each number format that occurs. */
        public Map<DType, Long> bytesByDType() {
            Map<DType, Long> bytes = new EnumMap<>(DType.class);
            tensors.forEach(tensor -> bytes.merge(tensor.dtype(), tensor.bytes(), Long::sum));
            return bytes;
        }

        /** What is missing, of the wrong shape or left over against a model's parameters. */
        public ImportReport against(List<ParameterSpec> parameters) {
            return ImportReport.of(file, tensors, parameters);
        }
    }

    /**
     * Looks at a path.
     *
     * @throws ImportException if there are no weights in it, or one of its files is damaged or unsafe
     */
    public static Inspection of(Path path) throws IOException {
        return of(path, null);
    }

    /**
     * Looks at a path.
     *
     * @param variant whose weights are looked at where a folder has them, such as {@code fp16}; null for none
     * @throws ImportException if there are no weights in it, or one of its files is damaged or unsafe
     */
    public static Inspection of(Path path, @Nullable String variant) throws IOException {
        if (!Files.isDirectory(path)) {
            return inspectFile(path);
        }
        if (Files.isRegularFile(path.resolve(ModelFolder.INDEX))) {
            return ofModel(ModelFolder.open(path).variant(variant));
        }
        String name = String.valueOf(path.toAbsolutePath().normalize().getFileName());
        return new Inspection(
                path, List.of(inspect(name, WeightFile.choose(path, variant).file())), List.of());
    }

    private static Inspection ofModel(ModelFolder model) throws IOException {
        List<Part> parts = new ArrayList<>();
        List<String> absent = new ArrayList<>();
        for (String component : model.components().keySet()) {
            Path folder = model.path().resolve(component);
            if (!Files.isDirectory(folder)) {
                absent.add(component);
                continue;
            }
            if (WeightFile.existsIn(folder)) {
                parts.add(inspect(
                        component, WeightFile.choose(folder, model.variant()).file()));
            } else if (NETWORKS.contains(component)) {
                absent.add(component);
            }
        }
        return new Inspection(model.path(), parts, absent);
    }

    private static Part inspect(String name, Path path) throws IOException {
        try (TensorFile file = LegacyNames.normalise(TensorFiles.open(path))) {
            return part(name, file, file.tensors().values());
        }
    }

    private static Inspection inspectFile(Path path) throws IOException {
        try (TensorFile file = LegacyNames.normalise(TensorFiles.open(path))) {
            if (!LdmCheckpoint.recognises(file)) {
                ModelKind kind = ModelKind.of(file.tensors().keySet());
                Part part = part(kind.toString(), file, file.tensors().values());
                return new Inspection(path, List.of(part), List.of());
            }
            LdmCheckpoint checkpoint = LdmCheckpoint.of(file);
            List<Part> parts = new ArrayList<>();
            for (ModelPart component : checkpoint.components()) {
                TensorFile tensors = checkpoint.tensors(component);
                parts.add(part(component.toString(), tensors, tensors.tensors().values()));
            }
            List<TensorInfo> beside =
                    checkpoint.ignored().stream().map(file::info).toList();
            if (!beside.isEmpty()) {
                parts.add(part("beside", file, beside));
            }
            List<String> absent = Arrays.stream(ModelPart.values())
                    .filter(component -> !checkpoint.components().contains(component))
                    .map(Object::toString)
                    .toList();
            return new Inspection(path, parts, absent);
        }
    }

    private static Part part(String name, TensorFile file, Collection<TensorInfo> tensors) throws IOException {
        List<String> names = tensors.stream().map(TensorInfo::name).toList();
        return new Part(
                name,
                ModelKind.of(names),
                file.path(),
                FileFormat.of(file.path()),
                List.copyOf(tensors),
                file.metadata());
    }
}
