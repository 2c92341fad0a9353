package org.sd15.pipeline.training.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.sd15.testing.Closeness.assertSameBits;
import static org.sd15.testing.Closeness.largestDifference;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.attention.graph.LowRank;
import org.sd15.importer.embedding.EmbeddingFile;
import org.sd15.importer.embedding.TextualInversion;
import org.sd15.importer.safetensors.SafetensorsFile;
import org.sd15.importer.tensor.TensorFile;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.model.ModelFiles;
import org.sd15.pipeline.training.AdaptedLayers;
import org.sd15.pipeline.training.BatchSource;
import org.sd15.pipeline.training.LearningRate;
import org.sd15.pipeline.training.LossWeighting;
import org.sd15.pipeline.training.Trainer;
import org.sd15.pipeline.training.TrainingBatch;
import org.sd15.pipeline.training.TrainingSettings;
import org.sd15.pipeline.training.TrainingState;
import org.sd15.pipeline.training.data.Captions;
import org.sd15.testing.Fixture;
import org.sd15.testing.Resident;
import org.sd15.testing.Rule;
import org.sd15.unet.UNet;
import org.sd15.unet.UNetInput;

/** Whole trainings of the shapes model: what is written gives what was learnt. */
class TrainingJobTest {

    private static final Path SHAPES = Fixture.resource("sd15-pipeline", "shapes");
    private static final Map<String, String> RECORD = Map.of("sd15.training.seed", "1");

    @TempDir
    private Path folder;

    private static UNetInput input() {
        return UNetInput.of(
                Rule.input("sample", DataType.FLOAT, 1, 4, 16, 16),
                400,
                Rule.input("context", DataType.FLOAT, 1, 77, 128));
    }

    @Test
    void aLoraThatIsMergedGivesWhatWasLearntAndCanBeGoneOnFrom() throws Exception {
        Method method = new Method.Lora(new LowRank(2, 4), AdaptedLayers.of("to_v, conv1, proj_out"), false);
        Path file = folder.resolve("new/lora.safetensors");
        INDArray learnt;
        try (ModelFiles files = ModelFiles.open(SHAPES);
                TrainingJob job = new TrainingJob(files, method, 1)) {
            INDArray before = job.preview().unet().predict(input());
            train(job, 2, 1e-2);
            learnt = job.preview().unet().predict(input());
            assertThat(largestDifference(learnt, before)).isGreaterThan(1e-2);
            job.write(job.model().parameters(), file, RECORD);
        }
        try (ModelFiles files = ModelFiles.open(SHAPES).lora(file, 1);
                UNet merged = files.unet()) {
            assertThat(largestDifference(merged.predict(input()), learnt)).isLessThan(1e-4);
        }
        try (TensorFile written = SafetensorsFile.open(file)) {
            assertThat(written.metadata()).containsEntry("sd15.training.seed", "1");
        }
        try (ModelFiles files = ModelFiles.open(SHAPES);
                TrainingJob again = new TrainingJob(files, method, 2)) {
            again.startFrom(files.readLora(file));
            assertSameBits("went on", again.preview().unet().predict(input()), learnt);
            Method other = new Method.Lora(new LowRank(3, 3), AdaptedLayers.of("to_v"), false);
            try (TrainingJob wider = new TrainingJob(files, other, 2)) {
                assertThatThrownBy(() -> wider.startFrom(files.readLora(file)))
                        .hasMessageContaining("the LoRA to start from has [2, 64]")
                        .hasMessageContaining("this training needs [3, 64]");
            }
        }
    }

    @Test
    void aSingleFileIsNotTrainedInFull() throws Exception {
        try (ModelFiles files = ModelFiles.open(Fixture.resource("import", "foreign/ldm.safetensors"))) {
            assertThatThrownBy(() -> new TrainingJob(files, new Method.Full(name -> true, Method.TextPart.NOTHING), 1))
                    .hasMessageContaining("convert it to a diffusers folder first");
        }
    }

    @Test
    void weightsThatLearntMakeAModelThatLoads() throws Exception {
        Method method = new Method.Full(name -> name.contains("attn2"), Method.TextPart.LAYERS);
        Path written = folder.resolve("model");
        INDArray learnt;
        INDArray states;
        int[] ids;
        try (ModelFiles files = ModelFiles.open(SHAPES);
                TrainingJob job = new TrainingJob(files, method, 1)) {
            train(job, 1, 1e-3);
            learnt = job.preview().unet().predict(input());
            ids = job.preview().tokenizer().encode("a red circle").padded();
            states = job.preview().textEncoder().encode(ids);
            job.write(job.model().parameters(), written, RECORD);
        }
        try (var loaded = StableDiffusion.load(written);
                var original = StableDiffusion.load(SHAPES)) {
            assertSameBits("unet", loaded.unet().predict(input()), learnt);
            assertSameBits("text encoder", loaded.textEncoder().encode(ids), states);
            assertThat(largestDifference(states, original.textEncoder().encode(ids)))
                    .isGreaterThan(1e-4);
            assertSameBits(
                    "what was frozen",
                    loaded.unet().weights().get("conv_in.weight"),
                    original.unet().weights().get("conv_in.weight"));
        }
    }

    @Test
    void aWordThatWasLearntIsAnEmbeddingFile() throws Exception {
        Path file = folder.resolve("word.safetensors");
        try (ModelFiles files = ModelFiles.open(SHAPES)) {
            try (TrainingJob job = new TrainingJob(files, new Method.Inversion("<it>", 2, "red"), 1)) {
                Captions captions = job.captions(folder);
                train(job, 1, 1e-2);
                job.write(job.model().parameters(), file, RECORD);
                TextualInversion word = EmbeddingFile.read(file);
                assertThat(word.token()).isEqualTo("<it>");
                assertSameBits(
                        "vectors", word.vectors(), job.model().parameters().get("text_encoder.new_tokens"));
                var ids = (TrainingBatch.Texts.Ids) captions.of(List.of("a <it> circle"));
                assertThat(ids.ids()[0])
                        .contains(job.preview().textEncoder().config().vocabSize());
            }
            assertThatThrownBy(() -> new TrainingJob(files, new Method.Inversion("<it>", 1, "purple"), 1))
                    .hasMessageContaining("\"purple\" is 2 tokens");
        }
    }

    /** 20 passes leave 385 MB of gradients of frozen weights behind; they are given back in time. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void memoryDoesNotGrowFromStepToStep() throws Exception {
        Method method = new Method.Lora(new LowRank(2, 2), AdaptedLayers.CROSS_ATTENTION, false);
        try (ModelFiles files = ModelFiles.open(SHAPES);
                TrainingJob job = new TrainingJob(files, method, 1)) {
            train(job, 3, 1e-4, 4);
            long before = Resident.bytes();
            train(job, 20, 1e-4, 4);
            assertThat((Resident.bytes() - before) / 1e6).isLessThan(270);
        }
    }

    private void train(TrainingJob job, int steps, double rate) {
        train(job, steps, rate, 16);
    }

    private void train(TrainingJob job, int steps, double rate, int side) {
        Captions captions = job.captions(folder.resolve("cache"));
        BatchSource source = new BatchSource() {
            @Override
            public TrainingBatch next() {
                INDArray latents = Rule.input("latents", DataType.FLOAT, 1, 4, side, side);
                INDArray noise = Rule.input("noise", DataType.FLOAT, 1, 4, side, side);
                return TrainingBatch.of(latents, noise, new int[] {300}, captions.of(List.of("a red <it> circle")));
            }

            @Override
            public void save(TrainingState into) {
                throw new UnsupportedOperationException();
            }

            @Override
            public void restore(TrainingState from) {
                throw new UnsupportedOperationException();
            }
        };
        TrainingSettings settings = TrainingSettings.of(LearningRate.constant(rate, steps));
        new Trainer(job.model(), source, job.objective(LossWeighting.EVEN), settings).forEachRemaining(step -> {});
    }
}
