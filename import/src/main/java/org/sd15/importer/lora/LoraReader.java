package org.sd15.importer.lora;

import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.importer.io.ImportException;
import org.sd15.importer.tensor.DType;
import org.sd15.importer.tensor.TensorFile;
import org.sd15.importer.tensor.TensorInfo;

/** Reads one file: names first, then shapes, then numbers; nothing is loaded before everything fits. */
final class LoraReader {

    private final TensorFile file;
    private final LoraTargets targets;
    private final LoraProblems problems = new LoraProblems();
    private final Map<LoraModule, Map<LoraPart, String>> tensors = new LinkedHashMap<>();
    private final Set<LoraModule> refused = new LinkedHashSet<>();
    private final Set<String> unknown = new LinkedHashSet<>();
    private boolean kohya;
    private boolean peft;

    LoraReader(TensorFile file, LoraTargets targets) {
        this.file = file;
        this.targets = targets;
    }

    LoraWeights read() {
        file.tensors().keySet().forEach(this::place);
        if (tensors.isEmpty() && refused.isEmpty() && unknown.isEmpty()) {
            throw new ImportException(file.path(), "is no LoRA: it has no tensor that looks like a part of one");
        }
        noteUnknown();
        tensors.forEach(this::check);
        problems.throwIfAny(file.path());
        AdapterMetadata adapters = AdapterMetadata.read(file, peft);
        Map<LoraModule, LoraLayer> layers = new LinkedHashMap<>();
        tensors.forEach((module, parts) -> layers.put(module, load(module, parts, adapters)));
        return new LoraWeights(layers, metadata());
    }

    private void place(String tensor) {
        Optional<LoraPart.Name> parsed = LoraPart.of(tensor);
        if (parsed.isEmpty()) {
            problems.add("tensors that belong to no LoRA", file.info(tensor).toString());
            return;
        }
        LoraPart.Name name = parsed.get();
        kohya |= name.kohya();
        peft |= tensor.startsWith(LoraNames.PEFT_PREFIX);
        Optional<LoraModule> module = targets.find(name.module());
        if (name.part() == LoraPart.REFUSED) {
            problems.add("tensors of " + name.method() + ", which is not supported", tensor);
            module.ifPresent(refused::add);
        } else if (module.isEmpty()) {
            unknown.add(name.module());
        } else {
            Map<LoraPart, String> parts = tensors.computeIfAbsent(module.get(), none -> new EnumMap<>(LoraPart.class));
            String other = parts.put(name.part(), tensor);
            if (other != null) {
                problems.add("tensors that are there twice under different names", other + " and " + tensor);
            }
        }
    }

    /** A LoRA for another model has thousands of modules; the search for similar names is for those that are shown. */
    private void noteUnknown() {
        int listed = 0;
        for (String name : unknown) {
            Optional<String> nearest = listed++ < LoraProblems.MOST_LISTED ? targets.nearest(name) : Optional.empty();
            problems.add(
                    "modules that the model does not have",
                    name + nearest.map(near -> " (the model has " + near + ")").orElse(""));
        }
    }

    private void check(LoraModule module, Map<LoraPart, String> parts) {
        String down = parts.get(LoraPart.DOWN);
        String up = parts.get(LoraPart.UP);
        if (down != null && up != null) {
            new LoraShapes(targets.weight(module), file.info(down), file.info(up)).problems(problems);
        } else if (!refused.contains(module)) {
            problems.add("modules without their other half", String.join(" and ", parts.values()) + " alone");
        }
        parts.forEach((part, name) -> check(part, file.info(name)));
    }

    private void check(LoraPart part, TensorInfo info) {
        boolean number = part == LoraPart.ALPHA && info.dtype().isInteger();
        if (!info.dtype().isFloating() && !number) {
            problems.add("tensors of a format that is not for weights", info.toString());
        } else if (part == LoraPart.ALPHA && info.length() != 1) {
            problems.add("alphas that are not one number", info.toString());
        } else if (!file.isFinite(info.name())) {
            problems.add("tensors with values that are infinite or not a number", info.name());
        }
    }

    private LoraLayer load(LoraModule module, Map<LoraPart, String> parts, AdapterMetadata adapters) {
        INDArray down = load(part(parts, LoraPart.DOWN));
        INDArray up = load(part(parts, LoraPart.UP));
        String alpha = parts.get(LoraPart.ALPHA);
        double rank = down.size(0);
        double strength = alpha == null
                ? adapters.alpha(module, rank)
                : file.load(alpha, DataType.DOUBLE).getDouble(0);
        return new LoraLayer(down, up, strength);
    }

    private static String part(Map<LoraPart, String> parts, LoraPart part) {
        return Objects.requireNonNull(parts.get(part));
    }

    /** In its own format where ND4J has it, so that it can be written back as it is. */
    private INDArray load(String name) {
        return file.load(name, file.info(name).dtype().nd4j().orElse(DataType.FLOAT));
    }

    private Map<String, String> metadata() {
        Map<String, String> metadata = new LinkedHashMap<>(file.metadata());
        metadata.remove(AdapterMetadata.KEY);
        if (kohya) {
            metadata.put(KohyaHeader.KEY, new KohyaHeader(alphaType(), metadata.get(KohyaHeader.FORMAT)).toString());
        }
        return metadata;
    }

    private @Nullable DType alphaType() {
        return tensors.values().stream()
                .filter(parts -> parts.containsKey(LoraPart.ALPHA))
                .map(parts -> file.info(part(parts, LoraPart.ALPHA)).dtype())
                .map(dtype -> dtype.isFloating() ? dtype : DType.F32)
                .findFirst()
                .orElse(null);
    }
}
