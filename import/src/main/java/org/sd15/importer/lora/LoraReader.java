package org.sd15.importer.lora;

import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.sd15.importer.io.ImportException;
import org.sd15.importer.tensor.DType;
import org.sd15.importer.tensor.TensorFile;

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
        LoraCheck check = new LoraCheck(file, targets, problems);
        tensors.forEach((module, parts) -> check.module(module, parts, refused.contains(module)));
        problems.throwIfAny(file.path());
        AdapterMetadata adapters = AdapterMetadata.read(file, peft);
        check.against(adapters, tensors);
        problems.throwIfAny(file.path());
        LoraWeights.Builder lora = LoraWeights.builder().metadata(metadata());
        tensors.forEach((module, parts) -> load(lora, module, parts, adapters));
        warnOfUnused();
        return lora.build();
    }

    /** Some programs write an alpha for every module. */
    private void warnOfUnused() {
        List<String> unused = tensors.values().stream()
                .filter(parts -> LoraMethod.of(parts.keySet())
                        .filter(LoraMethod::hasAlpha)
                        .isEmpty())
                .flatMap(parts -> Stream.ofNullable(parts.get(LoraPart.ALPHA)))
                .toList();
        if (!unused.isEmpty()) {
            System.getLogger(LoraReader.class.getName())
                    .log(
                            System.Logger.Level.WARNING,
                            "{0}: {1} alphas are of no use to (IA)3 and full differences: {2}",
                            file.path(),
                            unused.size(),
                            LoraProblems.list(unused));
        }
    }

    private void place(String tensor) {
        Optional<LoraPart.Name> parsed = LoraPart.of(tensor, file.tensors()::containsKey);
        if (parsed.isEmpty()) {
            problems.add("tensors that belong to no LoRA", file.info(tensor).toString());
            return;
        }
        LoraPart.Name name = parsed.get();
        kohya |= name.kohya();
        peft |= tensor.startsWith(LoraNames.PEFT_PREFIX);
        Optional<LoraModule> module = targets.find(name.module());
        if (name.part() == LoraPart.REFUSED) {
            problems.add("tensors of " + name.refused() + ", which is not supported", tensor);
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

    private void load(
            LoraWeights.Builder lora, LoraModule module, Map<LoraPart, String> parts, AdapterMetadata adapters) {
        ModuleTensors found = new ModuleTensors(file, module, targets.weight(module), parts);
        LoraMethod.of(parts.keySet()).ifPresent(method -> {
            WeightChange change = method.reader().read(found, adapters);
            WeightChange bias = method.reader().bias(found, change);
            lora.add(module, decomposed(found, change));
            if (bias != null && targets.bias(module).isPresent()) {
                lora.addToBias(module, bias);
            }
        });
        if (found.has(LoraPart.DIFF_B)) {
            lora.addToBias(module, new FullDifference(found.load(LoraPart.DIFF_B)));
        }
    }

    /** With lengths of its own, if the file has them. */
    private static WeightChange decomposed(ModuleTensors tensors, WeightChange change) {
        if (!(change instanceof WeightDelta delta)) {
            return change;
        }
        if (tensors.has(LoraPart.MAGNITUDE)) {
            return new Decomposed(delta, tensors.load(LoraPart.MAGNITUDE), Axis.OUTPUT, Decomposed.Rule.PEFT);
        }
        if (tensors.has(LoraPart.DORA_SCALE)) {
            Axis axis = LoraCheck.isOfOutputs(tensors) ? Axis.OUTPUT : Axis.INPUT;
            return new Decomposed(delta, tensors.load(LoraPart.DORA_SCALE), axis, Decomposed.Rule.LYCORIS);
        }
        return change;
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
                .map(parts -> parts.get(LoraPart.ALPHA))
                .filter(alpha -> alpha != null)
                .map(alpha -> file.info(alpha).dtype())
                .map(dtype -> dtype.isFloating() ? dtype : DType.F32)
                .findFirst()
                .orElse(null);
    }
}
