package org.sd15.importer.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.sd15.importer.Foreign;
import org.sd15.importer.TensorFiles;
import org.sd15.importer.io.ImportException;

/** Pickles that want something done. Nothing is, and the error says what they wanted. */
class EvilPickleTest {

    private static final Map<String, String> CALLED = Map.of(
            "evil-getcwd", "posix.getcwd",
            "evil-print", "__builtin__.print",
            "evil-eval", "__builtin__.eval",
            "evil-getattr", "__builtin__.getattr",
            "evil-import", "__builtin__.__import__",
            "evil-legacy", "posix.getcwd",
            "evil-bare", "posix.getcwd",
            "evil-memo-bomb", "is a pickle but no PyTorch checkpoint");

    @TempDir
    private Path folder;

    static Stream<String> evil() {
        return Foreign.files(".bin", false)
                .filter(name -> name.startsWith("evil-"))
                .map(name -> name.replace(".bin", ""));
    }

    @Test
    void coversEveryEvilFileOfTheManifest() {
        assertThat(CALLED.keySet()).containsExactlyInAnyOrderElementsOf(evil().toList());
    }

    @ParameterizedTest
    @MethodSource("evil")
    void refusesByNameWhatWouldBeCalled(String name) {
        Assertions.assertTimeoutPreemptively(
                Duration.ofSeconds(10),
                () -> assertThatThrownBy(() -> TensorFiles.open(Foreign.path("files/" + name + ".bin")))
                        .isInstanceOf(ImportException.class)
                        .hasMessageContainingAll(name + ".bin: ", CALLED.get(name)));
    }

    /** A command that would leave a trace, by every opcode that could run one. */
    static Stream<byte[]> commands() {
        String command = "touch %s";
        return Stream.of(
                Pickles.start()
                        .global("posix", "system")
                        .text(command)
                        .op(Opcode.TUPLE1, Opcode.REDUCE)
                        .stop(),
                Pickles.start()
                        .global("posix", "system")
                        .text(command)
                        .op(Opcode.TUPLE1, Opcode.NEWOBJ)
                        .stop(),
                Pickles.start()
                        .text("posix")
                        .text("system")
                        .op(Opcode.STACK_GLOBAL)
                        .text(command)
                        .op(Opcode.TUPLE1, Opcode.REDUCE)
                        .stop(),
                Pickles.start()
                        .global("posix", "system")
                        .text(command)
                        .op(Opcode.BUILD)
                        .stop(),
                Pickles.start()
                        .op(Opcode.MARK)
                        .text(command)
                        .op('i', 'o', 's', '\n', 's', 'y', 's', '\n')
                        .stop(),
                Pickles.start()
                        .op(Opcode.MARK)
                        .global("posix", "system")
                        .text(command)
                        .op('o')
                        .stop(),
                Pickles.start().op('P', 'x', '\n').stop(),
                Pickles.start().op(0x82, 1).stop());
    }

    @ParameterizedTest
    @MethodSource("commands")
    void runsNoCommand(byte[] pickle) throws IOException {
        Path trace = folder.resolve("trace");
        byte[] aimed = new String(pickle, StandardCharsets.ISO_8859_1)
                .replace("%s", "tr")
                .getBytes(StandardCharsets.ISO_8859_1);
        Path file = Pickles.zip(folder.resolve("command.pt"), aimed, 1);
        assertThatThrownBy(() -> TensorFiles.open(file))
                .isInstanceOf(ImportException.class)
                .hasMessageContaining("command.pt: the pickle ");
        assertThat(trace).doesNotExist();
    }

    /** Names of Java's own are names too: the class is neither constructed nor even initialised. */
    @ParameterizedTest
    @ValueSource(strings = {"REDUCE", "NEWOBJ"})
    void touchesNoClassOfJava(String how) throws IOException {
        int opcode = how.equals("REDUCE") ? Opcode.REDUCE : Opcode.NEWOBJ;
        String name = Sentinel.class.getName();
        int dot = name.lastIndexOf('.');
        byte[] pickle = Pickles.start()
                .global(name.substring(0, dot), name.substring(dot + 1))
                .op(Opcode.EMPTY_TUPLE, opcode, Opcode.EMPTY_DICT, Opcode.BUILD)
                .stop();
        Path file = Pickles.zip(folder.resolve("java.pt"), pickle, 1);
        assertThatThrownBy(() -> TensorFiles.open(file)).hasMessageContainingAll("java.pt", "EvilPickleTest$Sentinel");
        assertThat(System.getProperty("sd15.sentinel")).isNull();
    }

    /** Leaves a trace as soon as anything looks at it closely. */
    static final class Sentinel {

        static {
            System.setProperty("sd15.sentinel", "initialised");
        }

        Sentinel() {}
    }

    @ParameterizedTest
    @ValueSource(
            ints = {
                Opcode.TUPLE,
                Opcode.TUPLE2,
                Opcode.SETITEM,
                Opcode.APPEND,
                Opcode.APPENDS,
                Opcode.REDUCE,
                Opcode.BUILD,
                Opcode.POP,
                Opcode.DUP,
                Opcode.BINPERSID,
                Opcode.STACK_GLOBAL,
                Opcode.STOP
            })
    void refusesToTakeFromAnEmptyStack(int opcode) throws IOException {
        Path file = Pickles.zip(
                folder.resolve("empty.pt"), Pickles.start().op(opcode, 1).stop(), 1);
        assertThatThrownBy(() -> TensorFiles.open(file))
                .isInstanceOf(ImportException.class)
                .hasMessageContaining("empty.pt: the pickle ");
    }

    @Test
    void refusesAMemoThatWasNotSet() throws IOException {
        Path file = Pickles.zip(
                folder.resolve("memo.pt"), Pickles.start().op(Opcode.BINGET, 9).stop(), 1);
        assertThatThrownBy(() -> TensorFiles.open(file)).hasMessageContainingAll("memo.pt", "memo 9");
    }

    /** Every file has been closed again: on Windows it could not be deleted otherwise, here it is counted. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void closesWhatItRefuses() throws IOException {
        Path descriptors = Path.of("/proc/self/fd");
        for (String name : Foreign.files(".bin", false).toList()) {
            assertThatThrownBy(() -> TensorFiles.open(Foreign.path("files/" + name)));
        }
        try (Stream<Path> open = Files.list(descriptors)) {
            assertThat(open.map(EvilPickleTest::target).filter(target -> target.contains("reference/foreign/files")))
                    .isEmpty();
        }
    }

    private static String target(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString();
        } catch (IOException gone) {
            return "";
        }
    }
}
