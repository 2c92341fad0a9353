package org.sd15.importer.lora;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * What a LoRA file holds by the names of its tensors alone; whether that fits a model only {@linkplain LoraFile reading}
 * tells.
 *
 * @param modules how many modules there are of each method, such as {@code LoRA} or {@code LoHa (Tucker) with DoRA}
 * @param unread names of tensors that belong to no LoRA, or to a method that is not supported: a file with such is refused
 */
public record LoraContents(Map<String, Integer> modules, List<String> unread) {

    private static final String BIASES = "full difference of a bias";

    /** Copies the collections. */
    public LoraContents {
        modules = Collections.unmodifiableMap(new LinkedHashMap<>(modules));
        unread = List.copyOf(unread);
    }

    /** What tensors of these names are. */
    public static LoraContents of(Collection<String> tensors) {
        Set<String> names = new HashSet<>(tensors);
        Map<String, Set<LoraPart>> modules = new LinkedHashMap<>();
        List<String> unread = new ArrayList<>();
        for (String tensor : tensors) {
            Optional<LoraPart.Name> name =
                    LoraPart.of(tensor, names::contains).filter(parsed -> parsed.part() != LoraPart.REFUSED);
            name.ifPresentOrElse(
                    parsed -> modules.computeIfAbsent(parsed.module(), none -> EnumSet.noneOf(LoraPart.class))
                            .add(parsed.part()),
                    () -> unread.add(tensor));
        }
        Map<String, Integer> counts = new TreeMap<>();
        modules.values().forEach(parts -> describe(counts, parts));
        return new LoraContents(counts, unread);
    }

    private static void describe(Map<String, Integer> counts, Set<LoraPart> parts) {
        LoraMethod.of(parts).ifPresent(method -> counts.merge(method.describe(parts), 1, Integer::sum));
        if (parts.contains(LoraPart.DIFF_B)) {
            counts.merge(BIASES, 1, Integer::sum);
        }
    }
}
