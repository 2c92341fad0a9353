package org.sd15.pipeline.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.sd15.importer.TensorFiles;
import org.sd15.importer.io.ImportException;
import org.sd15.importer.safetensors.SafetensorsWriter;
import org.sd15.importer.tensor.TensorFile;
import org.sd15.importer.tensor.TensorSource;

/** Whose checkpoints there are, which are removed, and what happens to damaged ones. */
class CheckpointsTest {

    private static final Map<String, String> RECORD = Map.of("data", "squares");

    @TempDir
    private Path folder;

    private final List<String> passed = new ArrayList<>();

    private Path file(int step) {
        return folder.resolve("checkpoint-00000%d.safetensors".formatted(step));
    }

    /** A run of some steps that writes after the last ones. */
    private Checkpoints run(int kept, int... written) throws IOException {
        Checkpoints checkpoints = new Checkpoints(folder, kept);
        goOn(checkpoints, FallingWeights.trainer(), written);
        return checkpoints;
    }

    private static void goOn(Checkpoints checkpoints, Trainer trainer, int... written) throws IOException {
        for (int step : written) {
            while (trainer.done() < step) {
                trainer.next();
            }
            checkpoints.write(trainer, RECORD);
        }
    }

    private List<String> steps() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName()
                            .toString()
                            .replace("checkpoint-00000", "")
                            .replace(".safetensors", ""))
                    .sorted()
                    .toList();
        }
    }

    private Trainer resumed(Checkpoints checkpoints) throws IOException {
        Trainer trainer = FallingWeights.trainer();
        checkpoints.resume(trainer, RECORD, passed::add);
        return trainer;
    }

    @Test
    void aNewRunKeepsItsOwnAndLeavesThoseOfAnotherHoweverFarThatCame() throws IOException {
        run(2, 3, 4, 5);
        run(1, 1, 2);
        assertThat(steps()).containsExactly("2", "4", "5");
    }

    @Test
    void theFileOfAnotherRunIsNotReplaced() throws IOException {
        run(1, 1);
        byte[] before = Files.readAllBytes(file(1));
        assertThatThrownBy(() -> run(1, 1)).isInstanceOf(IOException.class).hasMessageContaining("is of another run");
        assertThat(file(1)).hasBinaryContent(before);
    }

    @Test
    void aRunThatIsResumedIsTheSameAndRemovesItsOldOnes() throws IOException {
        String name = run(2, 1, 2).run();
        Checkpoints again = new Checkpoints(folder, 2);
        Trainer trainer = resumed(again);
        assertThat(again.run()).isEqualTo(name);
        goOn(again, trainer, 2, 3, 4);
        assertThat(steps()).containsExactly("3", "4");
    }

    @Test
    void severalRunsInOneFolderAreNotResumed() throws IOException {
        run(1, 2);
        run(1, 1);
        assertThatThrownBy(() -> resumed(new Checkpoints(folder, 1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(folder + ": has checkpoints of 2 runs: move those away that are not to be continued");
    }

    /** Ways in which a file may be damaged. */
    enum Damage {
        CUT,
        EMPTY,
        A_BIT_OF_A_TENSOR,
        A_DIGIT_OF_A_REMARK,
        A_TENSOR_LESS,
        A_TENSOR_RENAMED;

        void doTo(Path file) throws IOException {
            byte[] bytes = Files.readAllBytes(file);
            switch (this) {
                case CUT -> Files.write(file, Arrays.copyOf(bytes, bytes.length - 1));
                case EMPTY -> Files.write(file, new byte[0]);
                case A_BIT_OF_A_TENSOR -> {
                    bytes[bytes.length - 5] ^= 1;
                    Files.write(file, bytes);
                }
                case A_DIGIT_OF_A_REMARK ->
                    rewrite(file, remarks -> remarks.replaceAll((key, value) -> key.equals("step") ? "9" : value), 0);
                case A_TENSOR_LESS -> rewrite(file, remarks -> {}, 1);
                case A_TENSOR_RENAMED -> Files.write(file, renamed(bytes));
            }
        }

        private static byte[] renamed(byte[] bytes) {
            String text = new String(bytes, StandardCharsets.ISO_8859_1);
            return text.replaceFirst("weights/unet", "weights/unit").getBytes(StandardCharsets.ISO_8859_1);
        }
    }

    private interface Change {
        void to(Map<String, String> remarks);
    }

    /** A file with other remarks, and without the first tensors. */
    private static void rewrite(Path file, Change change, int without) throws IOException {
        Path other = file.resolveSibling("other");
        try (TensorFile tensors = TensorFiles.open(file)) {
            Map<String, String> remarks = new HashMap<>(tensors.metadata());
            change.to(remarks);
            SafetensorsWriter writer = SafetensorsWriter.create().metadata(remarks);
            tensors.tensors().keySet().stream()
                    .skip(without)
                    .forEach(name -> writer.add(TensorSource.copy(tensors, name)));
            writer.write(other);
        }
        Files.move(other, file, StandardCopyOption.REPLACE_EXISTING);
    }

    @ParameterizedTest
    @EnumSource
    void aDamagedLastOneIsSetAsideAndTheRunGoesOnFromTheOneBefore(Damage damage) throws IOException {
        run(2, 1, 2);
        damage.doTo(file(2));
        assertThatThrownBy(() -> Checkpoints.restore(file(2), FallingWeights.trainer()))
                .isInstanceOf(ImportException.class)
                .hasMessageContaining(file(2).toString());
        Checkpoints again = new Checkpoints(folder, 1);
        Trainer trainer = resumed(again);
        assertThat(trainer.done()).isEqualTo(1);
        assertThat(passed).singleElement().asString().startsWith(file(2) + ": ");
        assertThat(steps()).containsExactly("1", "2.damaged");
        goOn(again, trainer, 2);
        assertThat(steps()).containsExactly("2", "2.damaged");
        assertThat(resumed(new Checkpoints(folder, 1)).done()).isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void ifAllAreDamagedThatIsOneErrorAndNothingIsMoved(int kept) throws IOException {
        run(kept, 1, 2);
        for (int step = 3 - kept; step <= 2; step++) {
            Damage.CUT.doTo(file(step));
        }
        assertThatThrownBy(() -> resumed(new Checkpoints(folder, kept)))
                .isInstanceOf(ImportException.class)
                .hasMessageContainingAll(
                        folder + ": has no checkpoint that can be read, start anew", file(2).toString());
        assertThat(steps()).hasSize(kept).doesNotContain("2.damaged");
        assertThat(passed).isEmpty();
    }

    /** Those of before there were names and checksums. */
    @Test
    void onesThatDoNotSayWhoseTheyAreAreResumedAndRemovedInDueCourse() throws IOException {
        run(2, 1, 2);
        for (int step = 1; step <= 2; step++) {
            rewrite(
                    file(step),
                    remarks -> remarks.keySet().removeIf(key -> key.matches("sd15.training.(run|checksum)")),
                    0);
        }
        Checkpoints fresh = new Checkpoints(folder, 1);
        goOn(fresh, FallingWeights.trainer(), 3);
        assertThat(steps()).containsExactly("1", "2", "3");
        Files.delete(file(3));
        Checkpoints again = new Checkpoints(folder, 2);
        Trainer trainer = resumed(again);
        assertThat(trainer.done()).isEqualTo(2);
        goOn(again, trainer, 3);
        assertThat(steps()).containsExactly("2", "3");
    }
}
