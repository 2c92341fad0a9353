package org.sd15.attention.fused;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.sd15.testing.Closeness.assertClose;
import static org.sd15.testing.Closeness.assertSameBits;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.autodiff.functions.DifferentialFunction;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.imports.converters.ImportClassMapping;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.attention.graph.Execution;
import org.sd15.attention.graph.Graphs;
import org.sd15.attention.graph.Linear;
import org.sd15.attention.graph.Parameters;
import org.sd15.attention.graph.Scope;
import org.sd15.attention.graph.Tokens;
import org.sd15.attention.session.GraphSession;
import org.sd15.testing.Rule;

/** What a session of the fused formulation does with weights, views and other sessions, and what a profile sees of it. */
class FusedSessionTest {

    private static final double OUTPUT = 10 * 7e-7; // ten times what PyTorch's float32 is away from float64

    @Test
    void tellsAProfileWhereTheTimeGoes() {
        SameDiff graph = Graphs.create();
        Profile profile = new Profile();
        Execution execution = FusedExecution.create().profiled(profile);
        SDVariable weight = graph.constant("w", Rule.tensor("w.weight", DataType.FLOAT, 3, 6));
        Tokens tokens = new Tokens(graph.placeHolder("x", DataType.FLOAT, -1, 6), 1, 6);
        var words = execution.formulation(graph, DataType.FLOAT);
        graph.math.sin(words.linear(tokens, weight, null, 3).rows()).rename("y");
        try (GraphSession session = new GraphSession(graph, execution)) {
            for (int i = 0; i < 2; i++) {
                session.evaluate(Map.of("x", Rule.input("x", DataType.FLOAT, 4, 6)), List.of("y"));
            }
        }
        assertThat(profile.kinds()).extracting(Profile.Entry::kind).containsExactlyInAnyOrder("Linear", "ND4J's sin");
        Profile.Entry linear = profile.entries().stream()
                .filter(entry -> entry.kind().equals("Linear"))
                .findFirst()
                .orElseThrow();
        assertThat(linear.shapes()).isEqualTo("[4, 6] [3, 6]");
        assertThat(linear.calls()).isEqualTo(2);
        assertThat(linear.flops()).isEqualTo(2 * 2 * 4 * 6 * 3);
        assertThat(profile.seconds()).isPositive();
        profile.clear();
        assertThat(profile.entries()).isEmpty();
    }

    @Test
    void takesViewsOfAnyOrder() {
        INDArray x = Rule.input("view", DataType.FLOAT, 6, 4);
        assertSameBits(
                "transposed",
                linear(x.transpose().dup('f')),
                linear(x.transpose().dup('c')));
        assertSameBits("view", linear(x.transpose()), linear(x.transpose().dup('c')));
    }

    private static INDArray linear(INDArray x) {
        return linear(x, Rule.tensor("w.weight", DataType.FLOAT, 3, 6));
    }

    private static INDArray linear(INDArray x, INDArray weights) {
        SameDiff graph = Graphs.create();
        Execution execution = FusedExecution.create();
        var words = execution.formulation(graph, DataType.FLOAT);
        SDVariable weight = graph.constant("w", weights);
        int in = (int) weights.size(1);
        Tokens tokens = new Tokens(graph.placeHolder("x", DataType.FLOAT, -1, in), 1, in);
        words.linear(tokens, weight, null, (int) weights.size(0)).rows().rename("y");
        try (GraphSession session = new GraphSession(graph, execution)) {
            return session.evaluate(Map.of("x", x), List.of("y")).get("y").dup();
        }
    }

    @Test
    void saysWhatToDoWhereAnotherSessionMeetsItsOperations() {
        SameDiff graph = silu();
        Map<String, INDArray> feeds = Map.of("x", Rule.input("x", DataType.FLOAT, 2, 6));
        try (GraphSession session = new GraphSession(graph)) {
            assertThatThrownBy(() -> session.evaluate(feeds, List.of("y")))
                    .hasStackTraceContaining("give GraphSession and GradientFunction the execution");
        }
    }

    /** A graph that is being built in another thread reads it, and a HashMap that is written meanwhile fails there. */
    @Test
    void writesNothingIntoNd4jsTableOfOperationsWhileGraphsAreBuilt() {
        SameDiff graph = silu();
        graph.setLossVariables(graph.getVariable("y").sum().name());
        graph.createGradFunction("x"); // only a derivative needs the entry
        Map<String, DifferentialFunction> table = ImportClassMapping.getOpNameMapping();
        DifferentialFunction entry = table.remove(graph.ops()[0].opName());
        assertThat(entry).isNotNull();
        try {
            Set<String> before = new HashSet<>(table.keySet()); // one of its keys is null
            silu();
            assertThat(table).containsOnlyKeys(before);
        } finally {
            table.put(entry.opName(), entry);
        }
    }

    private static SameDiff silu() {
        SameDiff graph = Graphs.create();
        var operations = FusedExecution.create().formulation(graph, DataType.FLOAT);
        operations.silu(graph.placeHolder("x", DataType.FLOAT, -1, 6)).rename("y");
        return graph;
    }

    @Test
    void computesDoublesNatively() {
        var words = FusedExecution.create().formulation(Graphs.create(), DataType.DOUBLE);
        assertThat(words).hasSameClassAs(Execution.NATIVE.formulation(Graphs.create(), DataType.DOUBLE));
    }

    @Test
    void packsAgainWhenConstantsChange() {
        SameDiff graph = Graphs.create();
        FusedExecution execution = FusedExecution.create();
        INDArray weight = Rule.tensor("w.weight", DataType.FLOAT, 48, 32);
        INDArray x = Rule.input("x", DataType.FLOAT, 16, 32);
        Scope scope = Scope.of(graph, DataType.FLOAT, Parameters.from(spec -> weight, name -> false), execution);
        Tokens tokens = new Tokens(graph.placeHolder("x", DataType.FLOAT, -1, 32), 1, 32);
        Linear.withoutBias(scope, tokens, 48).rows().rename("y");
        try (GraphSession session = new GraphSession(graph, execution)) {
            for (int step = 0; step < 3; step++) {
                INDArray y = session.evaluate(Map.of("x", x), List.of("y")).get("y");
                assertClose("step " + step, y, x.mmul(weight.transpose()), OUTPUT);
                assertThat(execution.packedBytes()).isGreaterThan(weight.length() * 4);
                weight.muli(1.5).addi(0.25);
            }
        }
    }

    /** READ_ONLY, or PRIVATE as the importer maps files: there a weight may be written to, and then it stays. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @EnabledOnOs(OS.LINUX)
    void doesNotHoldTheWeightsOfAMappedFileTwice(boolean readOnly, @TempDir Path folder) throws IOException {
        INDArray values = Rule.tensor("w.weight", DataType.FLOAT, 2048, 1024);
        Path file = folder.resolve("weights");
        ByteBuffer bytes = ByteBuffer.allocate(8 << 20).order(ByteOrder.nativeOrder());
        bytes.asFloatBuffer().put(values.data().asFloat());
        Files.write(file, bytes.array());
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            var mode = readOnly ? FileChannel.MapMode.READ_ONLY : FileChannel.MapMode.PRIVATE;
            ByteBuffer mapped = channel.map(mode, 0, 8 << 20);
            var pointer = new FloatPointer(new BytePointer(mapped)).capacity(2 << 20);
            INDArray weight = Nd4j.create(Nd4j.createBuffer(pointer, 2 << 20, DataType.FLOAT), 2048, 1024);
            assertSameBits("mapped", weight, values);
            assertThat(residentKilobytes(file)).isEqualTo(8 << 10);
            INDArray x = Rule.input("x", DataType.FLOAT, 16, 1024);
            INDArray expected = linear(x, values);
            assertSameBits("packed", linear(x, weight), expected);
            assertThat(residentKilobytes(file)).isLessThan(64);
            assertSameBits("read again", weight, values);
            if (!readOnly) {
                weight.muli(2);
                assertSameBits("written to", linear(x, weight), linear(x, values.mul(2)));
                assertSameBits("still there", weight, values.mul(2));
            }
        }
    }

    /** How much of the mapping of a file is in memory. */
    private static long residentKilobytes(Path file) throws IOException {
        List<String> lines = Files.readAllLines(Path.of("/proc/self/smaps"));
        for (int i = 0; i < lines.size(); i++) {
            if (lines.get(i).endsWith(file.toString())) {
                while (!lines.get(i).startsWith("Rss:")) {
                    i++;
                }
                return Long.parseLong(lines.get(i).replaceAll("\\D", ""));
            }
        }
        throw new AssertionError(file + " is not mapped");
    }
}
