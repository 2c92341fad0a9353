package org.sd15.importer.lora;

import java.util.Map;
import java.util.Set;
import org.sd15.attention.graph.ParameterSpec;
import org.sd15.importer.tensor.Shapes;
import org.sd15.importer.tensor.TensorFile;
import org.sd15.importer.tensor.TensorInfo;

/**
 * Whether the tensors of a file make changes of the model's weights.
 *
 * @param file where they are
 * @param targets the model's modules
 * @param problems gathers what does not fit
 */
record LoraCheck(TensorFile file, LoraTargets targets, LoraProblems problems) {

    private static final Set<LoraPart> WHOLE_NUMBERS = Set.of(LoraPart.ALPHA, LoraPart.ON_INPUT);

    /**
     * Checks one module.
     *
     * @param incomplete whether others of its tensors have been refused
     */
    void module(LoraModule module, Map<LoraPart, String> parts, boolean incomplete) {
        ModuleTensors tensors = new ModuleTensors(file, module, targets.weight(module), parts);
        long unreadable = parts.entrySet().stream()
                .filter(part -> !isReadable(part.getKey(), part.getValue()))
                .count();
        Set<LoraMethod> methods = LoraMethod.all(parts.keySet());
        if (methods.size() > 1) {
            problems.add(
                    "modules with tensors of several methods", methods + " in " + String.join(", ", parts.values()));
        } else if (methods.isEmpty()
                ? !isBiasAlone(parts.keySet())
                : !methods.iterator().next().reader().isComplete(parts.keySet())) {
            if (!incomplete) {
                problems.add("modules without their other half", String.join(" and ", parts.values()) + " alone");
            }
        } else if (unreadable == 0) {
            methods.forEach(method -> method(method, tensors));
            bias(tensors);
        }
    }

    private static boolean isBiasAlone(Set<LoraPart> parts) {
        return parts.equals(Set.of(LoraPart.DIFF_B));
    }

    private void method(LoraMethod method, ModuleTensors tensors) {
        if (tensors.weight().shape().length < 2 && method != LoraMethod.FULL) {
            problems.add(
                    "modules that take a full difference only",
                    "%s, a norm with a weight of %s"
                            .formatted(String.join(", ", tensors.names().values()), tensors.weight()));
            return;
        }
        method.reader().check(tensors, problems);
        if (tensors.has(LoraPart.DORA_SCALE) || tensors.has(LoraPart.MAGNITUDE)) {
            lengths(method, tensors);
        }
    }

    private void lengths(LoraMethod method, ModuleTensors tensors) {
        boolean both = tensors.has(LoraPart.DORA_SCALE) && tensors.has(LoraPart.MAGNITUDE);
        if (both || !method.isAddition()) {
            problems.add(
                    "tensors of DoRA, which does not go together with others",
                    String.join(" and ", tensors.names().values()));
        } else if (tensors.has(LoraPart.MAGNITUDE)) {
            if (tensors.info(LoraPart.MAGNITUDE).length() != tensors.out()) {
                tensors.wrongShape(problems, LoraPart.MAGNITUDE, "[%d]".formatted(tensors.out()));
            }
        } else if (!isOfOutputs(tensors) && !isOf(tensors, 1, tensors.in())) {
            String wanted = "[%d, 1] or [1, %d]".formatted(tensors.out(), tensors.in());
            tensors.wrongShape(problems, LoraPart.DORA_SCALE, wanted);
        }
    }

    /** Whether LyCORIS's lengths are of the layer's outputs, not of its inputs. */
    static boolean isOfOutputs(ModuleTensors tensors) {
        return isOf(tensors, tensors.out());
    }

    private static boolean isOf(ModuleTensors tensors, long... channels) {
        return Shapes.equalUpToTrailingOnes(tensors.info(LoraPart.DORA_SCALE).shape(), channels);
    }

    private void bias(ModuleTensors tensors) {
        if (!tensors.has(LoraPart.DIFF_B)) {
            return;
        }
        TensorInfo difference = tensors.info(LoraPart.DIFF_B);
        ParameterSpec bias = targets.bias(tensors.module()).orElse(null);
        if (bias == null) {
            problems.add("biases of modules that have none", difference.toString());
        } else if (difference.length() != bias.length()) {
            tensors.wrongShape(problems, LoraPart.DIFF_B, "[%d]".formatted(bias.length()));
        }
    }

    private boolean isReadable(LoraPart part, String name) {
        TensorInfo info = file.info(name);
        boolean number = WHOLE_NUMBERS.contains(part) && info.dtype().isInteger();
        if (!info.dtype().isFloating() && !number) {
            problems.add("tensors of a format that is not for weights", info.toString());
        } else if (part == LoraPart.ALPHA && info.length() != 1) {
            problems.add("alphas that are not one number", info.toString());
        } else if (info.length() == 0) {
            problems.add("tensors without elements", info.toString());
        } else if (!file.isFinite(name)) {
            problems.add("tensors with values that are infinite or not a number", name);
        } else {
            return true;
        }
        return false;
    }

    /** Checks what PEFT's configuration says against the tensors. */
    void against(AdapterMetadata adapters, Map<LoraModule, Map<LoraPart, String>> tensors) {
        tensors.forEach((module, parts) -> {
            String names = String.join(", ", parts.values());
            LoraMethod.of(parts.keySet())
                    .ifPresent(method -> adapters.method(module.model())
                            .filter(peft -> !peft.equals(method.peftType()))
                            .ifPresent(peft -> problems.add(
                                    "modules of another method than peft_type %s of %s"
                                            .formatted(peft, adapters.source()),
                                    names)));
            if (adapters.usesDora(module.model()) && !parts.containsKey(LoraPart.MAGNITUDE)) {
                problems.add(
                        "modules without the lora_magnitude_vector that use_dora of %s asks for"
                                .formatted(adapters.source()),
                        names);
            }
        });
    }
}
