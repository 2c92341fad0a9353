package org.sd15.importer.lora;

import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.sd15.attention.graph.ParameterSpec;
import org.sd15.importer.ModelPart;
import org.sd15.importer.names.LdmNames;
import org.sd15.importer.names.ModuleNames;
import org.sd15.importer.names.NearestName;
import org.sd15.unet.UNet;
import org.sd15.unet.UNetConfig;

/**
 * The modules of a model that a LoRA can change, under every name that files have for them: linear layers,
 * convolutions and norms. Kohya's names have
 * underscores where there were dots, so {@code to_out_0} can't be taken apart; it can be looked up.
 */
public final class LoraTargets {

    private static final String WEIGHT = ".weight";
    private static final String BIAS = ".bias";
    private static final String EMBEDDING = "_embedding";

    private final Map<LoraModule, ParameterSpec> weights = new LinkedHashMap<>();
    private final Map<LoraModule, ParameterSpec> biases = new HashMap<>();
    private final Map<String, LoraModule> modules = new HashMap<>();
    private final Set<String> ambiguous = new HashSet<>();

    private LoraTargets() {}

    /**
     * The modules of a UNet and of a text encoder.
     *
     * @param unet configuration of the UNet
     * @param textEncoder parameters of the text encoder
     */
    public static LoraTargets of(UNetConfig unet, List<ParameterSpec> textEncoder) {
        LoraTargets targets = new LoraTargets();
        targets.addAll(ModelPart.UNET, UNet.parameters(unet), LdmNames.unet(unet));
        targets.addAll(ModelPart.TEXT_ENCODER, textEncoder, null);
        return targets;
    }

    private void addAll(ModelPart model, List<ParameterSpec> parameters, @Nullable ModuleNames ldm) {
        for (ParameterSpec parameter : parameters) {
            String name = parameter.name();
            if (name.endsWith(BIAS)) {
                biases.put(new LoraModule(model, name.substring(0, name.length() - BIAS.length())), parameter);
            }
            if (!name.endsWith(WEIGHT) || name.endsWith(EMBEDDING + WEIGHT)) {
                continue;
            }
            LoraModule module = new LoraModule(model, name.substring(0, name.length() - WEIGHT.length()));
            weights.put(module, parameter);
            LoraNames.of(module).forEach(alias -> add(alias, module));
            if (ldm != null) {
                ldm.toLdm(name).ifPresent(other -> add(LoraNames.kohyaLdm(other), module));
            }
        }
    }

    private void add(String name, LoraModule module) {
        LoraModule other = modules.put(name, module);
        if (other != null && !other.equals(module)) {
            ambiguous.add(name);
        }
    }

    /** All modules, in the order of the models. */
    public Set<LoraModule> modules() {
        return Collections.unmodifiableSet(weights.keySet());
    }

    /** The module that a file calls so; empty if there is none, or more than one. */
    Optional<LoraModule> find(String name) {
        return ambiguous.contains(name) ? Optional.empty() : Optional.ofNullable(modules.get(name));
    }

    /** The known name that is most like one that is not known. */
    Optional<String> nearest(String name) {
        return Optional.ofNullable(NearestName.of(name, modules.keySet()));
    }

    /** The bias of a module, if it has one. */
    Optional<ParameterSpec> bias(LoraModule module) {
        return Optional.ofNullable(biases.get(module));
    }

    /** The parameter that a LoRA of this module changes. */
    ParameterSpec weight(LoraModule module) {
        return Objects.requireNonNull(weights.get(module), () -> "no module " + module);
    }
}
