package org.sd15.importer.lora;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a tensor is to its module, by the end of its name.
 *
 * @see <a href="https://github.com/KohakuBlueleaf/LyCORIS/tree/v4.1.3/lycoris/modules">LyCORIS</a> and <a
 *     href="https://github.com/huggingface/peft/tree/v0.21.2/src/peft/tuners">PEFT</a>, whose layers have these names
 */
enum LoraPart {
    /** In diffusers' processors {@code _lora} belongs to the module's name. */
    DOWN(
            LoraMethod.LORA,
            ".lora_A.weight",
            ".lora_down.weight",
            ".lora.down.weight",
            ".lora_linear_layer.down.weight",
            ".down.weight"),
    UP(
            LoraMethod.LORA,
            ".lora_B.weight",
            ".lora_up.weight",
            ".lora.up.weight",
            ".lora_linear_layer.up.weight",
            ".up.weight"),
    MID(LoraMethod.LORA, ".lora_mid.weight"),
    HADA_W1_A(LoraMethod.LOHA, ".hada_w1_a"),
    HADA_W1_B(LoraMethod.LOHA, ".hada_w1_b"),
    HADA_W2_A(LoraMethod.LOHA, ".hada_w2_a"),
    HADA_W2_B(LoraMethod.LOHA, ".hada_w2_b"),
    HADA_T1(LoraMethod.LOHA, ".hada_t1"),
    HADA_T2(LoraMethod.LOHA, ".hada_t2"),
    LOKR_W1(LoraMethod.LOKR, ".lokr_w1"),
    LOKR_W1_A(LoraMethod.LOKR, ".lokr_w1_a"),
    LOKR_W1_B(LoraMethod.LOKR, ".lokr_w1_b"),
    LOKR_W2(LoraMethod.LOKR, ".lokr_w2"),
    LOKR_W2_A(LoraMethod.LOKR, ".lokr_w2_a"),
    LOKR_W2_B(LoraMethod.LOKR, ".lokr_w2_b"),
    LOKR_T2(LoraMethod.LOKR, ".lokr_t2"),
    DIFF(LoraMethod.FULL, ".diff", ".w_norm"),

    /** Stands beside the parts of any method. */
    DIFF_B(null, ".diff_b", ".b_norm"),

    /** LyCORIS's; the name says so only together with {@link #ON_INPUT}. */
    IA3_WEIGHT(LoraMethod.IA3),
    ON_INPUT(LoraMethod.IA3, ".on_input"),

    /** PEFT's. */
    IA3_L(LoraMethod.IA3, ".ia3_l"),

    /** LyCORIS's and kohya's: the parameters of the rotations. */
    OFT_BLOCKS(LoraMethod.OFT, ".oft_blocks"),

    /** LyCORIS's before 3.0: the rotations themselves. */
    OFT_DIAG(LoraMethod.OFT, ".oft_diag"),
    RESCALE(LoraMethod.OFT, ".rescale"),

    /** PEFT's since 0.14. */
    OFT_R(LoraMethod.OFT, ".oft_R.weight"),
    ALPHA(null, ".alpha"),

    /** LyCORIS's and kohya's lengths of DoRA. */
    DORA_SCALE(null, ".dora_scale"),

    /** PEFT's. */
    MAGNITUDE(null, ".lora_magnitude_vector", ".lora_magnitude_vector.weight"),
    REFUSED(null);

    /**
     * A tensor's name, taken apart.
     *
     * @param module what the file calls the module
     * @param part what the tensor is to it
     * @param kohya whether only kohya's files have such an end
     * @param refused the method that it is of, if that is refused
     */
    record Name(String module, LoraPart part, boolean kohya, String refused) {}

    private record Ending(String text, LoraPart part) {}

    private record Refused(String text, String method) {}

    private static final List<Ending> LONGEST_FIRST = Stream.of(values())
            .flatMap(part -> part.endings.stream().map(text -> new Ending(text, part)))
            .sorted(Comparator.comparing((Ending ending) -> -ending.text.length()))
            .toList();

    private static final List<Refused> REFUSED_PARTS = List.of(
            new Refused(".lora_B.bias", "LoRA with a bias"),
            new Refused(".oft_r", "OFT of PEFT before 0.14, which later versions can't read either"),
            new Refused(".oft_s", "OFT of PEFT before 0.14, which later versions can't read either"),
            new Refused(".boft_", "BOFT"),
            new Refused(".hada_", "another form of LoHa"),
            new Refused(".lokr_", "another form of LoKr"),
            new Refused(".oft_", "another form of OFT"));

    /** The name of an adapter in a model of PEFT: the first one's, or a user's. */
    private static final Pattern ADAPTER =
            Pattern.compile("\\.default(?=$|\\.weight$)|(?<=\\.lora_[AB])\\.(?!weight$|bias$)[\\w-]+(?=\\.weight$)");

    private static final String WEIGHT = ".weight";

    private final @Nullable LoraMethod method;
    private final List<String> endings;

    LoraPart(@Nullable LoraMethod method, String... endings) {
        this.method = method;
        this.endings = List.of(endings);
    }

    /** The only method that has it; empty if several have. */
    Optional<LoraMethod> method() {
        return Optional.ofNullable(method);
    }

    /**
     * Takes a name apart; empty if no LoRA has such a tensor.
     *
     * @param file whether the file has a tensor of a name
     */
    static Optional<Name> of(String tensor, Predicate<String> file) {
        String plain = ADAPTER.matcher(tensor).replaceFirst("");
        for (Ending ending : LONGEST_FIRST) {
            if (plain.endsWith(ending.text)) {
                boolean kohya = ending.text.contains("lora_down") || ending.text.contains("lora_up");
                String module = plain.substring(0, plain.length() - ending.text.length());
                return Optional.of(new Name(module, ending.part, kohya, ""));
            }
        }
        if (tensor.endsWith(WEIGHT)) {
            String module = tensor.substring(0, tensor.length() - WEIGHT.length());
            if (file.test(module + ON_INPUT.endings.get(0))) {
                return Optional.of(new Name(module, IA3_WEIGHT, false, ""));
            }
        }
        return REFUSED_PARTS.stream()
                .filter(refused -> plain.contains(refused.text))
                .map(refused ->
                        new Name(plain.substring(0, plain.indexOf(refused.text)), REFUSED, false, refused.method))
                .findFirst();
    }
}
