package org.sd15.importer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sd15.attention.graph.ParameterSpec;
import org.sd15.importer.io.ImportException;
import org.sd15.importer.names.NearestName;
import org.sd15.importer.tensor.DType;
import org.sd15.importer.tensor.TensorInfo;

class ImportReportTest {

    private static final Path FILE = Path.of("model.safetensors");

    private static final List<TensorInfo> TENSORS = List.of(
            new TensorInfo("conv_in.weight", DType.F32, 320, 9, 3, 3),
            new TensorInfo("conv_in.bias", DType.F16, 320),
            new TensorInfo("mid.attn.query.weight", DType.F32, 4, 4, 1, 1),
            new TensorInfo("mid.attn.to_k.weight", DType.F32, 4, 4, 1, 1),
            new TensorInfo("text_model.embeddings.position_ids", DType.I64, 1, 77),
            new TensorInfo("extra", DType.F32, 2));

    private static final List<ParameterSpec> PARAMETERS = List.of(
            new ParameterSpec("conv_in.weight", 320, 4, 3, 3),
            new ParameterSpec("conv_in.bias", 320),
            new ParameterSpec("mid.attn.to_query.weight", 4, 4),
            new ParameterSpec("mid.attn.to_k.weight", 4, 4));

    private final ImportReport report = ImportReport.of(FILE, TENSORS, PARAMETERS);

    @Test
    void sortsEveryTensorAndEveryParameter() {
        assertThat(report.loaded()).containsExactly("conv_in.bias", "mid.attn.to_k.weight");
        assertThat(report.bytes()).isEqualTo(320 * 2 + 16 * 4);
        assertThat(report.missing())
                .extracting(missing -> missing.parameter().name())
                .containsExactly("mid.attn.to_query.weight");
        assertThat(report.wrongShapes())
                .extracting(wrong -> wrong.tensor().name())
                .containsExactly("conv_in.weight");
        assertThat(report.unexpected())
                .extracting(unexpected -> unexpected.tensor().name())
                .containsExactly("mid.attn.query.weight", "extra");
        assertThat(report.ignored()).containsExactly("text_model.embeddings.position_ids");
        assertThat(report.isComplete()).isFalse();
    }

    @Test
    void suggestsTheNearestNameOnBothSides() {
        assertThat(report.missing().get(0).nearest()).contains("mid.attn.query.weight");
        assertThat(report.unexpected().get(0).nearest()).contains("mid.attn.to_query.weight");
        assertThat(report.unexpected().get(1).nearest()).isEmpty();
    }

    @Test
    void failsWithEverythingInOneMessage() {
        assertThatThrownBy(report::requireComplete)
                .isInstanceOf(ImportException.class)
                .hasMessage("""
                    model.safetensors: does not fit the model: 2 of 4 parameters found (704 bytes)
                      1 missing: mid.attn.to_query.weight[4, 4] (the file has mid.attn.query.weight)
                      1 of the wrong shape: conv_in.weight is [320, 9, 3, 3], must be [320, 4, 3, 3]
                      2 unexpected: mid.attn.query.weight F32[4, 4, 1, 1] (the model needs mid.attn.to_query.weight); \
                    extra F32[2]
                      1 ignored: text_model.embeddings.position_ids\
                    """);
    }

    @Test
    void doesNotFailOverWhatIsLeftOver() {
        ImportReport more = ImportReport.of(FILE, TENSORS, PARAMETERS.subList(1, 2));
        assertThat(more.unexpected()).hasSize(4);
        assertThatCode(more::requireComplete).doesNotThrowAnyException();
    }

    @Test
    void cutsLongListsWithACount() {
        List<ParameterSpec> many = IntStream.range(0, 686)
                .mapToObj(i -> new ParameterSpec("parameter." + i, 1))
                .toList();
        assertThat(ImportReport.of(FILE, List.of(), many).toString())
                .contains("0 of 686 parameters found", "686 missing: parameter.0[1]; ", "parameter.9[1]; and 676 more")
                .doesNotContain("parameter.10[");
    }

    @ParameterizedTest
    @CsvSource({
        "'[4]', '[4, 1, 1]', true",
        "'[4, 4]', '[4, 4, 1, 1]', true",
        "'[4, 4, 1, 1]', '[4, 4]', true",
        "'[4, 1]', '[1, 4]', false",
        "'[1, 4]', '[4]', false",
        "'[16]', '[4, 4]', false",
        "'[]', '[1]', true",
    })
    void acceptsOnesAtTheEndOnly(String found, String wanted, boolean fits) {
        ImportReport one = ImportReport.of(
                FILE,
                List.of(new TensorInfo("a", DType.F32, shape(found))),
                List.of(new ParameterSpec("a", shape(wanted))));
        assertThat(one.isComplete()).isEqualTo(fits);
        assertThat(one.wrongShapes()).hasSize(fits ? 0 : 1);
    }

    private static long[] shape(String text) {
        return Pattern.compile("\\d+")
                .matcher(text)
                .results()
                .mapToLong(m -> Long.parseLong(m.group()))
                .toArray();
    }

    /** Distances worked out by hand: a name counts as near if less than a third of it, and one, has to change. */
    @ParameterizedTest
    @CsvSource({
        "to_q.weight, to_q.weigth, to_q.weigth",
        "abcdef, abxyef, abxyef",
        "abcdef, axyzwf, ",
        "abc, abcdefgh, ",
        "abcdef, fedcba, ",
    })
    void findsANearName(String name, String candidate, String expected) {
        assertThat(NearestName.of(name, List.of("quite.another.name", candidate)))
                .isEqualTo(expected);
    }

    @Test
    void findsANearNameAmongThoseOfARealModelAndGivesUpOnThoseOfAHostileOne() {
        List<String> real = IntStream.range(0, 3000)
                .mapToObj(i -> "down_blocks.%d.attentions.0.transformer_blocks.0.attn2.to_k.weight".formatted(i))
                .toList();
        assertThat(NearestName.of(real.get(2999).replace("to_k", "key"), real)).isEqualTo(real.get(2999));
        String name = "n".repeat(512);
        List<String> hostile = new ArrayList<>(Collections.nCopies(1_000_000, "m".repeat(512)));
        hostile.add(name);
        assertThat(NearestName.of(name, hostile)).isNull();
    }

    @Test
    void looksForSimilarNamesAsLongAsTheyAreShown() {
        List<TensorInfo> tensors = IntStream.range(0, 12)
                .mapToObj(i -> new TensorInfo("block.%d.weigth".formatted(i), DType.F32, 1))
                .toList();
        List<ParameterSpec> parameters = IntStream.range(0, 12)
                .mapToObj(i -> new ParameterSpec("block.%d.weight".formatted(i), 1))
                .toList();
        assertThat(ImportReport.of(FILE, tensors, parameters).missing())
                .extracting(missing -> missing.nearest().isPresent())
                .containsExactly(true, true, true, true, true, true, true, true, true, true, false, false);
    }

    @Test
    void prefersTheNearestOfSeveralNames() {
        assertThat(NearestName.of("block.10.weight", List.of("block.1x.weigh", "block.11.weight", "block.1.bias")))
                .isEqualTo("block.11.weight");
    }
}
