package org.sd15.importer.torch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sd15.importer.Damaged;
import org.sd15.importer.Foreign;
import org.sd15.testing.MutationRun;

/** Whatever the bytes, a file of PyTorch's is understood or refused in one way. */
@Tag("fuzz")
class TorchMutationTest {

    @TempDir
    private Path folder;

    private static MutationRun run(long seed) {
        return Damaged.run(seed, 3)
                .words(
                        "ctorch._utils\n_rebuild_tensor_v2\n",
                        "ctorch._utils\n_rebuild_parameter\n",
                        "ccollections\nOrderedDict\n",
                        "ctorch\nFloatStorage\n",
                        "cos\nsystem\n",
                        "X\u0004\u0000\u0000\u0000",
                        "K\u0001\u0085",
                        "}q\u0000",
                        "h\u0000",
                        "PK\u0001\u0002",
                        "PK\u0003\u0004",
                        "PK\u0005\u0006",
                        "archive/data/0");
    }

    private static Stream<Path> files(String format) {
        return Stream.of("ok-ordered-dict", "ok-lightning-callback", "ok-views", "ok-views-legacy", "evil-import")
                .filter(name -> name.contains("legacy") == format.equals("legacy"))
                .map(name -> Foreign.path("files/" + name + ".bin"));
    }

    @Test
    void understandsOrRefusesDamagedArchives() throws IOException {
        assertThat(run(3).over(Damaged.samples(files("zip")))
                        .check(folder.resolve("fuzz.bin"), Damaged::readAll)
                        .understood())
                .as("files that changed harmlessly")
                .isPositive();
    }

    @Test
    void understandsOrRefusesDamagedFilesOfTheOldFormat() throws IOException {
        assertThat(run(4).over(Damaged.samples(files("legacy")))
                        .check(folder.resolve("fuzz.bin"), Damaged::readAll)
                        .understood())
                .as("files that changed harmlessly")
                .isPositive();
    }

    /** The archive around the pickle is whole, whatever was done to the pickle. */
    @Test
    void understandsOrRefusesDamagedPickles() {
        Path file = folder.resolve("fuzz.bin");
        byte[] strided = Pickles.start()
                .op(Opcode.EMPTY_DICT, Opcode.BINPUT, 0)
                .text("x")
                .tensor("0", 8, 1, 3, 2)
                .op(Opcode.SETITEM)
                .stop();
        byte[] nested = Pickles.start()
                .op(Opcode.EMPTY_DICT, Opcode.BINPUT, 0)
                .text("state_dict")
                .op(Opcode.EMPTY_DICT, Opcode.BINPUT, 1)
                .text("a.weight")
                .tensor("0", 8, 0, 8, 1)
                .op(Opcode.SETITEM, Opcode.SETITEM)
                .text("step")
                .number(7)
                .op(Opcode.SETITEM)
                .stop();
        assertThat(run(5).over(List.of(strided, nested))
                        .check(file.toString(), pickle -> Damaged.readAll(Pickles.zip(file, pickle, 8)))
                        .understood())
                .as("pickles that changed harmlessly")
                .isPositive();
    }
}
