package org.sd15.pipeline.training;

import java.util.Arrays;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.sd15.attention.graph.LowRank;

/** Which layers get a low-rank addition, by their path in the UNet. */
public final class AdaptedLayers {

    /** The queries, keys, values and outputs of all attentions: 128 modules, as in diffusers' training scripts. */
    public static final Predicate<String> ATTENTION = endingIn("to_q", "to_k", "to_v", "to_out.0");

    /** The same of the attentions to the text: 64 modules. */
    public static final Predicate<String> CROSS_ATTENTION = path -> path.contains(".attn2.") && ATTENTION.test(path);

    /** All linear layers of the transformers: 192 modules, kohya's usual set. */
    public static final Predicate<String> TRANSFORMERS = path -> path.contains("attentions.");

    /** All linear layers and convolutions. */
    public static final Predicate<String> ALL = path -> true;

    private static final Pattern COMMA = Pattern.compile("\\s*,\\s*");

    private AdaptedLayers() {}

    /**
     * The layers that a name or a list selects.
     *
     * @param text {@code attention}, {@code cross-attention}, {@code transformers}, {@code all}, or ends of paths such as
     *     {@code to_q,to_v,ff.net.2}, separated by commas
     */
    public static Predicate<String> of(String text) {
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "attention" -> ATTENTION;
            case "cross-attention" -> CROSS_ATTENTION;
            case "transformers" -> TRANSFORMERS;
            case "all" -> ALL;
            default -> endingIn(COMMA.split(text.strip()));
        };
    }

    /** Whether a parameter belongs to a low-rank addition. */
    public static boolean isLora(String parameter) {
        return parameter.endsWith("." + LowRank.DOWN) || parameter.endsWith("." + LowRank.UP);
    }

    private static Predicate<String> endingIn(String... ends) {
        return path -> Arrays.stream(ends).anyMatch(end -> path.equals(end) || path.endsWith("." + end));
    }
}
