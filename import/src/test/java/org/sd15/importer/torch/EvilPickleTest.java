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

    /** Lists within lists, referred to ten times each: walking, hashing or printing them would never end. */
    @ParameterizedTest
    @ValueSource(ints = {Opcode.LIST, Opcode.TUPLE})
    void doesNotWalkABomb(int container) throws IOException {
        Pickles bomb = Pickles.start().op(Opcode.EMPTY_LIST, Opcode.BINPUT, 0, Opcode.POP);
        for (int i = 0; i < 40; i++) {
            bomb.op(Opcode.MARK);
            for (int reference = 0; reference < 10; reference++) {
                bomb.op(Opcode.BINGET, i);
            }
            bomb.op(container, Opcode.BINPUT, i + 1, Opcode.POP);
        }
        byte[] pickle = bomb.op(Opcode.EMPTY_DICT, Opcode.BINGET, 40, Opcode.BINGET, 39, Opcode.SETITEM)
                .text("state_dict")
                .op(Opcode.BINGET, 40, Opcode.SETITEM)
                .text("x")
                .tensor("0", 4, 0, 4, 1)
                .op(Opcode.SETITEM)
                .stop();
        Path file = Pickles.zip(folder.resolve("bomb.pt"), pickle, 4);
        Assertions.assertTimeoutPreemptively(
                Duration.ofSeconds(10),
                () -> assertThat(TensorFiles.open(file).tensors().keySet()).containsExactly("x"));
    }

    /** The same with dicts, which are walked: each once. */
    @Test
    void walksADictOnceHoweverOftenItIsReferredTo() throws IOException {
        Pickles bomb = Pickles.start().op(Opcode.EMPTY_DICT).text("x").tensor("0", 4, 0, 4, 1);
        bomb.op(Opcode.SETITEM, Opcode.BINPUT, 0, Opcode.POP);
        for (int i = 0; i < 15; i++) {
            bomb.op(Opcode.EMPTY_DICT, Opcode.MARK);
            for (int reference = 0; reference < 10; reference++) {
                bomb.text("r" + reference).op(Opcode.BINGET, i);
            }
            bomb.op(Opcode.SETITEMS, Opcode.BINPUT, i + 1, Opcode.POP);
        }
        Path file = Pickles.zip(
                folder.resolve("bomb.pt"), bomb.op(Opcode.BINGET, 15).stop(), 4);
        Assertions.assertTimeoutPreemptively(
                Duration.ofSeconds(10),
                () -> assertThat(TensorFiles.open(file).tensors()).hasSize(1));
    }

    @Test
    void isNotCaughtInADictThatContainsItself() throws IOException {
        byte[] pickle = Pickles.start()
                .op(Opcode.EMPTY_DICT, Opcode.BINPUT, 0)
                .text("state_dict")
                .op(Opcode.BINGET, 0, Opcode.SETITEM)
                .stop();
        Path file = Pickles.zip(folder.resolve("self.pt"), pickle, 1);
        assertThat(TensorFiles.open(file).tensors()).isEmpty();
    }

    /** Four gigabytes of text are announced; none are allocated. */
    @ParameterizedTest
    @ValueSource(ints = {Opcode.BINUNICODE, Opcode.BINBYTES, Opcode.BINSTRING})
    void allocatesNothingForWhatIsOnlyClaimed(int opcode) throws IOException {
        byte[] pickle = Pickles.start().op(opcode, 0xff, 0xff, 0xff, 0xff).stop();
        Path file = Pickles.zip(folder.resolve("claim.pt"), pickle, 1);
        assertThatThrownBy(() -> TensorFiles.open(file))
                .hasMessageContainingAll("claim.pt", "more than 16,777,216 bytes");
    }

    @Test
    void endsAPickleThatTakesTooManySteps() throws IOException {
        Pickles pickle = Pickles.start();
        for (int i = 0; i < 1_000_000; i++) {
            pickle.op(Opcode.EMPTY_TUPLE);
        }
        Path file = Pickles.zip(folder.resolve("long.pt"), pickle.stop(), 1);
        assertThatThrownBy(() -> TensorFiles.open(file)).hasMessageContainingAll("long.pt", "1,000,000 steps");
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
