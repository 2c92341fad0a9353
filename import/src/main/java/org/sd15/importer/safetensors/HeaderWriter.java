package org.sd15.importer.safetensors;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.sd15.importer.safetensors.Header.Entry;
import org.sd15.importer.tensor.TensorInfo;
import org.sd15.importer.tensor.TensorSource;

/**
 * A header as the Python library writes it: wide formats first, then by name; compact JSON; blanks up to a multiple of
 * eight bytes.
 */
final class HeaderWriter {

    static final String METADATA = "__metadata__";

    private static final JsonFactory JSON =
            JsonFactory.builder().disable(JsonWriteFeature.WRITE_HEX_UPPER_CASE).build();

    /** Names compare by their UTF-8 bytes, which is not the order of Java's strings beyond the basic plane. */
    private static final Comparator<TensorInfo> ORDER = Comparator.comparing(TensorInfo::dtype)
            .reversed()
            .thenComparing(info -> info.name().getBytes(StandardCharsets.UTF_8), Arrays::compareUnsigned);

    private HeaderWriter() {}

    static Header header(Collection<TensorSource> tensors, Map<String, String> metadata) {
        List<TensorInfo> ordered =
                tensors.stream().map(TensorSource::info).sorted(ORDER).toList();
        Map<String, Entry> entries = new LinkedHashMap<>();
        long offset = 0;
        for (TensorInfo info : ordered) {
            Entry entry = new Entry(info, offset);
            entries.put(info.name(), entry);
            offset = entry.end();
        }
        return new Header(pad(text(entries.values(), metadata)), entries, metadata);
    }

    private static String text(Collection<Entry> entries, Map<String, String> metadata) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = JSON.createGenerator(text)) {
            json.writeStartObject();
            if (!metadata.isEmpty()) {
                json.writeObjectFieldStart(METADATA);
                for (Map.Entry<String, String> remark : metadata.entrySet()) {
                    json.writeStringField(remark.getKey(), remark.getValue());
                }
                json.writeEndObject();
            }
            for (Entry entry : entries) {
                write(entry, json);
            }
            json.writeEndObject();
        } catch (IOException neverFromMemory) {
            throw new UncheckedIOException(neverFromMemory);
        }
        return text.toString();
    }

    private static void write(Entry entry, JsonGenerator json) throws IOException {
        long[] shape = entry.info().shape();
        json.writeObjectFieldStart(entry.info().name());
        json.writeStringField("dtype", entry.info().dtype().name());
        json.writeFieldName("shape");
        json.writeArray(shape, 0, shape.length);
        json.writeFieldName("data_offsets");
        json.writeArray(new long[] {entry.begin(), entry.end()}, 0, 2);
        json.writeEndObject();
    }

    private static String pad(String text) {
        int bytes = text.getBytes(StandardCharsets.UTF_8).length;
        return text + " ".repeat(-bytes & (Header.LENGTH_BYTES - 1));
    }
}
