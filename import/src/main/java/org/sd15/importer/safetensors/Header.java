package org.sd15.importer.safetensors;

import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.sd15.importer.tensor.TensorInfo;

/**
 * What the head of a safetensors file says.
 *
 * @param text the JSON text with its padding, as it is in the file
 * @param entries the tensors in the order of the text
 * @param metadata the file's remarks in the order of the text
 */
record Header(String text, Map<String, Entry> entries, Map<String, String> metadata) {

    /** The format allows no more bytes of text, and the Python library refuses them. */
    static final int LARGEST = 100_000_000;

    /** Bytes of text that are read here; that of a whole Stable Diffusion has some two hundred thousand. */
    static final int LARGEST_READ = 16 << 20;

    /** The field before the text that holds its length. */
    static final int LENGTH_BYTES = Long.BYTES;

    /**
     * One tensor and its place.
     *
     * @param info name, shape and format
     * @param begin its first byte, counted from the end of the header
     */
    record Entry(TensorInfo info, long begin) {

        long end() {
            return begin + info.bytes();
        }
    }

    /** The text as bytes, without the length field. */
    byte[] textBytes() {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** The tensors as their data follow each other. */
    List<Entry> inDataOrder() {
        return entries.values().stream()
                .sorted(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end))
                .toList();
    }

    /** The tensors' descriptions by name, in the order of the text. */
    Map<String, TensorInfo> infos() {
        Map<String, TensorInfo> infos = new LinkedHashMap<>();
        entries.forEach((name, entry) -> infos.put(name, entry.info()));
        return infos;
    }

    /** The bytes of all tensors together. */
    long dataBytes() {
        return entries.values().stream().mapToLong(Entry::end).max().orElse(0);
    }
}
