package org.sd15.pipeline.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.importer.TensorFiles;
import org.sd15.importer.safetensors.SafetensorsWriter;
import org.sd15.importer.tensor.TensorFile;
import org.sd15.importer.tensor.TensorSource;
import org.sd15.pipeline.training.data.FolderPictures;
import org.sd15.pipeline.training.data.PictureTransform;
import org.sd15.pipeline.training.data.SmallFolder;
import org.sd15.testing.MutationRun;
import org.sd15.testing.MutationRun.Outcome;

/** Whatever is in its file, a run goes on from a checkpoint or refuses it by name. */
@Tag("fuzz")
class CheckpointFuzzTest {

    private static final List<String> MARKS = List.of("sd15.training.run", "sd15.training.checksum");

    @TempDir
    private Path folder;

    private FolderPictures pictures;

    @BeforeEach
    void draw() throws IOException {
        Path data = SmallFolder.captioned(folder.resolve("data"), 3);
        List<Path> files = List.of(data.resolve("a.png"), data.resolve("b.png"), data.resolve("c.png"));
        pictures = new FolderPictures(files, new PictureTransform(8, 8, false, false), 2, 7);
    }

    /** Weights, moments, a generator and a deck of pictures. */
    private final class Learning implements Passes {

        private final FallingWeights weights = new FallingWeights();

        @Override
        public Map<String, INDArray> parameters() {
            return weights.parameters();
        }

        @Override
        public Pass next(int among) {
            pictures.next();
            return weights.next(among);
        }

        @Override
        public void save(TrainingState into) {
            weights.save(into);
            pictures.save(into);
        }

        @Override
        public void restore(TrainingState from) {
            weights.restore(from);
            pictures.restore(from);
        }
    }

    private Trainer trainer() {
        return new Trainer(new Learning(), TrainingSettings.of(LearningRate.constant(1e-3, 1000)));
    }

    private byte[] written() throws Exception {
        Trainer trainer = trainer();
        trainer.next();
        CheckpointFile file = CheckpointFile.at(folder, 1);
        file.write(trainer, Map.of("data", "pictures"), "a run");
        return Files.readAllBytes(file.path());
    }

    /** As checkpoints were before they had a checksum: every change of such a file gets as far as the run. */
    private byte[] withoutMarks(byte[] checkpoint) throws IOException {
        Path marked = Files.write(folder.resolve("marked.safetensors"), checkpoint);
        Path plain = folder.resolve("plain.safetensors");
        try (TensorFile file = TensorFiles.open(marked)) {
            SafetensorsWriter writer = SafetensorsWriter.create()
                    .metadata(file.metadata().entrySet().stream()
                            .filter(entry -> !MARKS.contains(entry.getKey()))
                            .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue)));
            file.tensors().keySet().forEach(name -> writer.add(TensorSource.copy(file, name)));
            writer.write(plain);
        }
        return Files.readAllBytes(plain);
    }

    @Test
    void goesOnFromOrRefusesAnyCheckpoint() throws Exception {
        byte[] checkpoint = written();
        Trainer trainer = trainer();
        Outcome outcome = MutationRun.of(14, MutationRun.count())
                .over(List.of(checkpoint, withoutMarks(checkpoint)))
                .words(
                        "\"step\":\"",
                        "NaN",
                        "-1",
                        "2147483648",
                        "pictures.order",
                        "pictures.dealt",
                        ".words",
                        "\"shape\":[",
                        "I32",
                        "F64")
                .check(
                        folder.resolve("checkpoint-000009.safetensors"),
                        file -> new CheckpointFile(file, 9).restore(trainer, Map.of("data", "pictures")));
        assertThat(outcome.understood()).isPositive();
        assertThat(outcome.refused()).isPositive();
    }
}
