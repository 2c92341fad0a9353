package org.sd15.attention.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.sd15.attention.graph.Graphs;
import org.sd15.testing.Elsewhere;

class ThreadSilenceTest {

    private final PrintStream console = System.out;
    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
    private final PrintStream application = new PrintStream(printed, true, StandardCharsets.UTF_16);

    @BeforeEach
    void listen() {
        System.setOut(application);
    }

    @AfterEach
    void restore() {
        System.setOut(console);
    }

    private List<String> lines() {
        return printed.toString(StandardCharsets.UTF_16).lines().toList();
    }

    /** ND4J prints a line for each of the operations, which must not appear; everything else must. */
    @Test
    void whatOtherThreadsPrintWhileGraphsAreDifferentiatedIsNotLost() throws Exception {
        int lines = 20_000;
        CountDownLatch half = new CountDownLatch(lines / 2);
        Thread other = new Thread(() -> IntStream.range(0, lines).forEach(line -> {
            System.out.println("line " + line);
            half.countDown();
        }));
        other.start();
        while (other.isAlive()) {
            differentiate();
        }
        other.join();
        half.await();
        differentiate();
        assertThat(lines())
                .containsExactlyElementsOf(IntStream.range(0, lines)
                        .mapToObj(line -> "line " + line)
                        .toList());
        assertThat(System.out).isSameAs(application);
    }

    private static void differentiate() {
        SameDiff graph = Graphs.create();
        SDVariable x = graph.placeHolder("x", DataType.FLOAT, 2, 2);
        SDVariable y = x;
        for (int i = 0; i < 20; i++) {
            y = y.mul(x);
        }
        y.sum().rename("loss");
        GradientFunction.of(graph, "loss", List.of("x")).close();
    }

    @Test
    void onlyTheOneThreadIsSilencedWhateverItPrints() throws Exception {
        ThreadSilence.during(() -> {
            print("lost");
            try {
                Elsewhere.now(() -> print("ü"));
            } catch (Exception problem) {
                throw new IllegalStateException(problem);
            }
        });
        print("after");
        String each =
                "true x 1 2 3.0 4.0 ab %1$s null%ntrue%nx%n1%n2%n3.0%n4.0%nab%n%1$s%nnull%n%n%1$s 0x1 %1$s 0,5%n%1$s%n";
        assertThat(printed.toString(StandardCharsets.UTF_16)).isEqualTo(each.formatted("ü") + each.formatted("after"));
    }

    /** By every method there is. */
    private static void print(String text) {
        PrintStream out = System.out;
        out.print(true);
        out.print(' ');
        out.print('x');
        out.print(' ');
        out.print(1);
        out.print(' ');
        out.print(2L);
        out.print(' ');
        out.print(3f);
        out.print(' ');
        out.print(4d);
        out.print(" ");
        out.print(new char[] {'a', 'b'});
        out.print(" ");
        out.print(text);
        out.print(" ");
        out.print((Object) null);
        out.println();
        out.println(true);
        out.println('x');
        out.println(1);
        out.println(2L);
        out.println(3f);
        out.println(4d);
        out.println(new char[] {'a', 'b'});
        out.println(text);
        out.println((Object) null);
        byte[] newLine = System.lineSeparator().getBytes(StandardCharsets.UTF_16BE);
        out.write(newLine, 0, newLine.length);
        out.printf("%s 0x%x ", text, 1);
        out.format(Locale.GERMANY, "%s %.1f%n", text, 0.5);
        out.append(text).writeBytes(newLine);
        out.flush();
        assertThat(out.checkError()).isFalse();
    }

    @Test
    void anOutputThatTheApplicationSetsMeanwhileStays() {
        PrintStream another = new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8);
        ThreadSilence.during(() -> System.setOut(another));
        assertThat(System.out).isSameAs(another);
    }
}
