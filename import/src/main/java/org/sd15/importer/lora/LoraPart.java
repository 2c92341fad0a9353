package org.sd15.importer.lora;

import java.util.List;
import java.util.Optional;

/** What a tensor of a LoRA file is, by the end of its name. */
enum LoraPart {
    DOWN,
    UP,
    ALPHA,
    REFUSED;

    /**
     * A tensor's name, taken apart.
     *
     * @param module what the file calls the module
     * @param part what the tensor is to it
     * @param kohya whether only kohya's files have such an end
     * @param method what the tensor is for, if that is refused
     */
    record Name(String module, LoraPart part, boolean kohya, String method) {}

    private record Ending(String text, LoraPart part, boolean kohya, String method) {

        private static Ending of(String text, LoraPart part) {
            return new Ending(text, part, text.contains("lora_down") || text.contains("lora_up"), "LoRA");
        }

        private static Ending refused(String text, String method) {
            return new Ending(text, REFUSED, false, method);
        }
    }

    /** The longer of two endings comes first. In diffusers' processors {@code _lora} belongs to the module's name. */
    private static final List<Ending> ENDINGS = List.of(
            Ending.of(".lora_A.weight", DOWN),
            Ending.of(".lora_B.weight", UP),
            Ending.of(".lora_A.default.weight", DOWN), // with the name that PEFT gives to a model's first adapter
            Ending.of(".lora_B.default.weight", UP),
            Ending.of(".lora_down.weight", DOWN),
            Ending.of(".lora_up.weight", UP),
            Ending.of(".lora.down.weight", DOWN),
            Ending.of(".lora.up.weight", UP),
            Ending.of(".lora_linear_layer.down.weight", DOWN),
            Ending.of(".lora_linear_layer.up.weight", UP),
            Ending.of(".down.weight", DOWN),
            Ending.of(".up.weight", UP),
            Ending.of(".alpha", ALPHA),
            Ending.refused(".dora_scale", "DoRA"),
            Ending.refused(".lora_magnitude_vector", "DoRA"),
            Ending.refused(".lora_magnitude_vector.weight", "DoRA"),
            Ending.refused(".lora_mid.weight", "LoRA with a middle part (lora_mid, CP decomposition)"),
            Ending.refused(".lora_B.bias", "LoRA with a bias"),
            Ending.refused(".diff", "a full difference of weights"),
            Ending.refused(".diff_b", "a full difference of biases"));

    private static final List<Ending> REFUSED_BEGINNINGS = List.of(
            Ending.refused(".hada_", "LoHa"),
            Ending.refused(".lokr_", "LoKr"),
            Ending.refused(".oft_", "OFT"),
            Ending.refused(".boft_", "BOFT"));

    /** Takes a name apart; empty if no LoRA has such a tensor. */
    static Optional<Name> of(String tensor) {
        for (Ending ending : ENDINGS) {
            if (tensor.endsWith(ending.text)) {
                return Optional.of(name(tensor, tensor.length() - ending.text.length(), ending));
            }
        }
        for (Ending beginning : REFUSED_BEGINNINGS) {
            int at = tensor.indexOf(beginning.text);
            if (at >= 0) {
                return Optional.of(name(tensor, at, beginning));
            }
        }
        return Optional.empty();
    }

    private static Name name(String tensor, int end, Ending ending) {
        return new Name(tensor.substring(0, end), ending.part, ending.kohya, ending.method);
    }
}
