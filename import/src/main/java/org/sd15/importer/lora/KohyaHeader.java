package org.sd15.importer.lora;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.sd15.importer.tensor.DType;

/**
 * What a file of kohya's format says and one of diffusers' format has no place for. It is kept as a remark, so that converting
 * there and back gives the same bytes.
 *
 * @param alpha the format of the alphas, null if the file had none
 * @param format the remark that diffusers' files use for themselves, null if the file had none
 */
record KohyaHeader(@Nullable DType alpha, @Nullable String format) {

    /** The remark in which it travels. */
    static final String KEY = "sd15_kohya_header";

    /** The remark with which diffusers' files say that they are for PyTorch. */
    static final String FORMAT = "format";

    private static final String NONE = "none";

    /** What was remarked, if anything was. */
    static Optional<KohyaHeader> of(Map<String, String> metadata) {
        String[] parts = metadata.getOrDefault(KEY, "").split(" ", 2);
        DType alpha = Arrays.stream(DType.values())
                .filter(dtype -> dtype.isFloating() && dtype.name().equals(parts[0]))
                .findFirst()
                .orElse(null);
        return alpha == null && !parts[0].equals(NONE)
                ? Optional.empty()
                : Optional.of(new KohyaHeader(alpha, parts.length == 1 ? null : parts[1]));
    }

    /** The remarks without those that only concern the file itself. */
    static Map<String, String> restore(Map<String, String> metadata) {
        Map<String, String> restored = new LinkedHashMap<>(metadata);
        String format = of(metadata).map(KohyaHeader::format).orElse(null);
        if (format == null) {
            restored.remove(FORMAT);
        } else {
            restored.put(FORMAT, format);
        }
        restored.remove(KEY);
        return restored;
    }

    @Override
    public String toString() {
        return (alpha == null ? NONE : alpha.name()) + (format == null ? "" : " " + format);
    }
}
