package org.sd15.importer.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.sd15.importer.Foreign;
import org.sd15.importer.io.ImportException;

/** Files whose header must not be believed. Each gets one error that says what is wrong with which tensor. */
class BrokenSafetensorsTest {

    private static final Map<String, String[]> ERRORS = Map.ofEntries(
            Map.entry("bad-empty-file", parts("0 bytes, too few")),
            Map.entry("bad-seven-bytes", parts("7 bytes, too few")),
            Map.entry("bad-header-zero", parts("not a JSON object")),
            Map.entry("bad-header-past-end", parts("truncated", "5,000 bytes", "only")),
            Map.entry("bad-header-100mb", parts("100000001 bytes", "100,000,000")),
            Map.entry("bad-header-2e63", parts("9223372036854775808 bytes", "100,000,000")),
            Map.entry("bad-truncated-data", parts("truncated", "8 bytes", "6")),
            Map.entry("bad-trailing-bytes", parts("2 bytes after the last tensor")),
            Map.entry("bad-overlap", parts("a and b overlap", "byte 8", "at 4")),
            Map.entry("bad-same-bytes", parts("a and b overlap", "byte 4", "at 0")),
            Map.entry("bad-hole", parts("bytes 4 to 8", "between a and tensor b")),
            Map.entry("bad-hole-first", parts("bytes 0 to 4", "between the header and tensor a")),
            Map.entry("bad-offsets-reversed", parts("tensor a", "[4, 0]", "its begin and its end")),
            Map.entry("bad-offset-negative", parts("tensor a", "data_offsets has -4")),
            Map.entry("bad-offsets-three", parts("tensor a", "[0, 4, 8]", "its begin and its end")),
            Map.entry("bad-duplicate-key", parts("not valid JSON", "Duplicate field 'a'")),
            Map.entry("bad-shape-negative", parts("tensor a", "shape has -1")),
            Map.entry("bad-shape-negative-pair", parts("tensor a", "shape has -1")),
            Map.entry("bad-shape-overflow", parts("a F32[4294967296, 4294967296]", "no possible size")),
            Map.entry("bad-bytes-overflow", parts("a F32[4611686018427387904]", "no possible size")),
            Map.entry("bad-shape-fraction", parts("a.shape", "whole numbers", "1.5")),
            Map.entry("bad-shape-missing", parts("tensor a lacks shape")),
            Map.entry("bad-dtype-unknown", parts("tensor a", "unknown dtype F33")),
            Map.entry("bad-dtype-size", parts("a F64[1]", "takes 8 bytes", "give it 4")),
            Map.entry("bad-utf8", parts("not UTF-8")),
            Map.entry("bad-json", parts("not valid JSON", "line 1")),
            Map.entry("bad-json-array", parts("not a JSON object")),
            Map.entry("bad-json-deep", parts("a must be an object", "[")),
            Map.entry("bad-metadata-number", parts("__metadata__.n must be a string", "1")));

    @TempDir
    private Path folder;

    private static String[] parts(String... parts) {
        return parts;
    }

    static Stream<String> broken() {
        return Foreign.files(".safetensors", false).map(name -> name.replace(".safetensors", ""));
    }

    @Test
    void coversEveryBrokenFileOfTheManifest() {
        assertThat(ERRORS.keySet()).containsExactlyInAnyOrderElementsOf(broken().toList());
    }

    @ParameterizedTest
    @MethodSource("broken")
    void refusesWithOneErrorThatSaysWhatIsWrong(String name) {
        assertThatThrownBy(() -> SafetensorsFile.open(Foreign.path("files/" + name + ".safetensors")))
                .isInstanceOf(ImportException.class)
                .hasMessageContaining(name + ".safetensors: ")
                .hasMessageContainingAll(ERRORS.get(name));
    }

    @ParameterizedTest
    @MethodSource("valid")
    void opensEveryValidFile(String name) throws IOException {
        try (SafetensorsFile file = SafetensorsFile.open(Foreign.path("files/" + name))) {
            file.tensors()
                    .keySet()
                    .forEach(tensor -> assertThat((long) file.bytes(tensor).remaining())
                            .isEqualTo(file.info(tensor).bytes()));
        }
    }

    static Stream<String> valid() {
        return Foreign.files(".safetensors", true);
    }

    /** What the manifest's files leave out. The data are four zero bytes. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":1}}                | tensor a has an unknown key x
            {"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}        | Duplicate field 'dtype'
            {"a":{"shape":[1],"data_offsets":[0,4]}}                                    | tensor a lacks dtype
            {"a":{"dtype":"F32","shape":[1]}}                                           | tensor a lacks data_offsets
            {"a":{"dtype":4,"shape":[1],"data_offsets":[0,4]}}                          | a.dtype must be a string, found 4
            {"a":{"dtype":"F32","shape":1,"data_offsets":[0,4]}}                        | a.shape must be a list, found 1
            {"a":{"dtype":"F32","shape":["1"],"data_offsets":[0,4]}}                    | a.shape must be whole numbers, found 1
            {"a":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,4]}}   | shape has 99999999999999999999
            {"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}} x                    | not valid JSON
            {"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}} {}                   | goes on after its JSON object
            {"a":null}                                                                  | a must be an object, found null
            {"__metadata__":[]}                                                         | __metadata__ must be an object
            {"a":{"dtype":{"b":{}},"shape":[1],"data_offsets":[0,4]}}                   | a.dtype must be a string
            """)
    void refusesOtherNonsenseInTheHeader(String header, String error) throws IOException {
        Path path = HandMade.write(folder, header, HandMade.bytes(4));
        assertThatThrownBy(() -> SafetensorsFile.open(path))
                .isInstanceOf(ImportException.class)
                .hasMessageContainingAll("own.safetensors: ", error);
    }
}
