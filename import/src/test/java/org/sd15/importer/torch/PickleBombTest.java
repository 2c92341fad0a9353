package org.sd15.importer.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sd15.importer.TensorFiles;

/** Pickles that would never end, or fill the memory, are read or refused in no time. */
class PickleBombTest {

    @TempDir
    private Path folder;

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
        for (int i = 0; i < 500_000; i++) {
            pickle.op(Opcode.EMPTY_TUPLE);
        }
        Path file = Pickles.zip(folder.resolve("long.pt"), pickle.stop(), 1);
        assertThatThrownBy(() -> TensorFiles.open(file)).hasMessageContainingAll("long.pt", "500,000 steps");
    }
}
