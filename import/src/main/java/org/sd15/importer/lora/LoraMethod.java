package org.sd15.importer.lora;

import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** What a module's tensors are made by. */
enum LoraMethod {
    LORA("LoRA"),
    LOHA("LoHa"),
    LOKR("LoKr"),
    FULL("full difference"),
    IA3("(IA)3"),
    OFT("OFT");

    private final String text;

    LoraMethod(String text) {
        this.text = text;
    }

    /** All that a module's tensors are of. */
    static Set<LoraMethod> all(Set<LoraPart> parts) {
        return parts.stream().flatMap(part -> part.method().stream()).collect(Collectors.toCollection(TreeSet::new));
    }

    /** The method of a module's tensors, if they are of one. */
    static Optional<LoraMethod> of(Set<LoraPart> parts) {
        return all(parts).stream().findFirst();
    }

    /** What PEFT calls it, where it has it. */
    String peftType() {
        return name();
    }

    ChangeReader reader() {
        return switch (this) {
            case LORA -> new LowRankReader();
            case LOHA -> new HadamardReader();
            case LOKR -> new KroneckerReader();
            case FULL -> new DifferenceReader();
            case IA3 -> new ScalingReader();
            case OFT -> new RotationReader();
        };
    }

    /** Whether it only adds to the weight, so that DoRA can be on top of it. */
    boolean isAddition() {
        return this == LORA || this == LOHA || this == LOKR;
    }

    /** Whether alpha means something to it. */
    boolean hasAlpha() {
        return this != FULL && this != IA3;
    }

    /** How a module with these parts is called. */
    String describe(Set<LoraPart> parts) {
        boolean dora = parts.contains(LoraPart.DORA_SCALE) || parts.contains(LoraPart.MAGNITUDE);
        boolean tucker =
                parts.contains(LoraPart.MID) || parts.contains(LoraPart.HADA_T1) || parts.contains(LoraPart.LOKR_T2);
        return text + (tucker ? " (Tucker)" : "") + (dora ? " with DoRA" : "");
    }

    @Override
    public String toString() {
        return text;
    }
}
