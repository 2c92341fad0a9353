package org.sd15.importer.safetensors;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.sd15.importer.io.ImportException;
import org.sd15.importer.io.Shown;
import org.sd15.importer.io.StrictJson;
import org.sd15.importer.safetensors.Header.Entry;
import org.sd15.importer.tensor.DType;
import org.sd15.importer.tensor.TensorBounds;
import org.sd15.importer.tensor.TensorInfo;

/** Reads a header piece by piece and believes none of it: every number is checked before it is used. */
final class HeaderParser {

    private static final String METADATA = "__metadata__";

    private final Path file;
    private final JsonParser json;
    private final Map<String, Entry> entries = new LinkedHashMap<>();
    private final Map<String, String> metadata = new LinkedHashMap<>();

    private HeaderParser(Path file, JsonParser json) {
        this.file = file;
        this.json = json;
    }

    /**
     * @param file named in errors
     * @param text the header's text
     * @param dataBytes how many bytes follow it in the file
     */
    static Header parse(Path file, String text, long dataBytes) throws IOException {
        if (!text.startsWith("{")) {
            throw new ImportException(file, "the header is not a JSON object");
        }
        HeaderParser parser;
        try (JsonParser json = StrictJson.parser(text)) {
            parser = new HeaderParser(file, json);
            parser.readAll();
        } catch (JsonProcessingException problem) {
            throw new ImportException(file, "the header is not valid JSON: " + StrictJson.describe(problem), problem);
        }
        Header header = new Header(text, parser.entries, parser.metadata);
        checkLayout(file, header, dataBytes);
        return header;
    }

    private void readAll() throws IOException {
        json.nextToken();
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String name = json.currentName();
            json.nextToken();
            if (name.equals(METADATA)) {
                readMetadata();
            } else {
                TensorBounds.checkName(file, name);
                entries.put(name, readEntry(Shown.of(name), name));
                TensorBounds.checkCount(file, entries.size());
            }
        }
        if (json.nextToken() != null) {
            throw problem("the header goes on after its JSON object");
        }
    }

    private void readMetadata() throws IOException {
        require(JsonToken.START_OBJECT, METADATA, "an object");
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String key = json.currentName();
            json.nextToken();
            require(JsonToken.VALUE_STRING, METADATA + "." + Shown.of(key), "a string");
            metadata.put(key, json.getText());
            TensorBounds.checkRemarks(file, metadata.size());
        }
    }

    private Entry readEntry(String shown, String name) throws IOException {
        require(JsonToken.START_OBJECT, shown, "an object");
        DType dtype = null;
        List<Long> shape = null;
        List<Long> offsets = null;
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String key = json.currentName();
            json.nextToken();
            switch (key) {
                case "dtype" -> dtype = readDType(shown);
                case "shape" -> shape = readNumbers(shown, "shape");
                case "data_offsets" -> offsets = readNumbers(shown, "data_offsets");
                default -> throw problem("tensor %s has an unknown key %s".formatted(shown, Shown.of(key)));
            }
        }
        if (dtype == null || shape == null || offsets == null) {
            throw problem("tensor %s lacks %s"
                    .formatted(shown, dtype == null ? "dtype" : shape == null ? "shape" : "data_offsets"));
        }
        return entry(
                new TensorInfo(
                        name, dtype, shape.stream().mapToLong(Long::longValue).toArray()),
                offsets);
    }

    private DType readDType(String name) throws IOException {
        require(JsonToken.VALUE_STRING, name + ".dtype", "a string");
        try {
            return DType.valueOf(json.getText());
        } catch (IllegalArgumentException unknown) {
            throw new ImportException(
                    file, "tensor %s has the unknown dtype %s".formatted(name, Shown.of(json.getText())), unknown);
        }
    }

    private List<Long> readNumbers(String name, String key) throws IOException {
        require(JsonToken.START_ARRAY, name + "." + key, "a list");
        List<Long> numbers = new ArrayList<>();
        while (json.nextToken() != JsonToken.END_ARRAY) {
            require(JsonToken.VALUE_NUMBER_INT, name + "." + key, "whole numbers");
            if (json.getNumberType() == JsonParser.NumberType.BIG_INTEGER || json.getLongValue() < 0) {
                throw problem("tensor %s: %s has %s, must be from 0 to 2^63 - 1"
                        .formatted(name, key, Shown.of(json.getText())));
            }
            if (numbers.size() == TensorBounds.HIGHEST_RANK) {
                throw problem("tensor %s: %s has more than %d numbers".formatted(name, key, numbers.size()));
            }
            numbers.add(json.getLongValue());
        }
        return numbers;
    }

    private Entry entry(TensorInfo info, List<Long> offsets) {
        if (offsets.size() != 2 || offsets.get(0) > offsets.get(1)) {
            throw problem("tensor %s: data_offsets are %s, must be its begin and its end"
                    .formatted(Shown.of(info.name()), offsets));
        }
        long given = offsets.get(1) - offsets.get(0);
        long needed;
        try {
            needed = info.bytes();
        } catch (ArithmeticException tooMany) {
            throw new ImportException(
                    file,
                    "tensor %s has no possible size: its bytes are more than can be counted, or not whole"
                            .formatted(info),
                    tooMany);
        }
        if (given != needed) {
            throw problem("tensor %s takes %,d bytes, but data_offsets %s give it %,d"
                    .formatted(info, needed, offsets, given));
        }
        return new Entry(info, offsets.get(0));
    }

    /** The tensors must be contiguous, from the first byte of the data to the last. */
    private static void checkLayout(Path file, Header header, long dataBytes) {
        long end = 0;
        String before = "the header";
        for (Entry entry : header.inDataOrder()) {
            if (entry.begin() < end) {
                throw new ImportException(
                        file,
                        "tensors %s and %s overlap: the first ends at byte %d of the data, the second begins at %d"
                                .formatted(before, Shown.of(entry.info().name()), end, entry.begin()));
            }
            if (entry.begin() > end) {
                throw new ImportException(
                        file,
                        "bytes %d to %d of the data, between %s and tensor %s, belong to no tensor"
                                .formatted(
                                        end,
                                        entry.begin(),
                                        before,
                                        Shown.of(entry.info().name())));
            }
            end = entry.end();
            before = Shown.of(entry.info().name());
        }
        if (end > dataBytes) {
            throw new ImportException(
                    file,
                    "is truncated: the header describes %,d bytes of data, the file has %,d".formatted(end, dataBytes));
        }
        if (end < dataBytes) {
            throw new ImportException(
                    file,
                    "has %,d bytes after the last tensor that the header says nothing about"
                            .formatted(dataBytes - end));
        }
    }

    private void require(JsonToken expected, String what, String kind) throws IOException {
        if (json.currentToken() != expected) {
            throw problem("%s must be %s, found %s".formatted(what, kind, Shown.of(String.valueOf(json.getText()))));
        }
    }

    private ImportException problem(String what) {
        return new ImportException(file, what);
    }
}
