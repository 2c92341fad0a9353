package org.sd15.pipeline.training.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.sd15.testing.Closeness.assertSameBits;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.attention.graph.LowRank;
import org.sd15.importer.embedding.EmbeddingFile;
import org.sd15.importer.safetensors.SafetensorsFile;
import org.sd15.importer.tensor.TensorFile;
import org.sd15.pipeline.model.ModelFiles;
import org.sd15.pipeline.training.AdaptedLayers;
import org.sd15.pipeline.training.LearningRate;
import org.sd15.pipeline.training.LossWeighting;
import org.sd15.pipeline.training.Trainer;
import org.sd15.pipeline.training.TrainingSettings;
import org.sd15.pipeline.training.TrainingStep;
import org.sd15.pipeline.training.data.BadData;
import org.sd15.pipeline.training.data.LatentCache;
import org.sd15.pipeline.training.data.NoiseSettings;
import org.sd15.pipeline.training.data.PictureBatches;
import org.sd15.pipeline.training.data.PictureFolder;
import org.sd15.pipeline.training.data.PictureTransform;
import org.sd15.pipeline.training.data.PreparedPictures;
import org.sd15.pipeline.training.data.SmallFolder;
import org.sd15.pipeline.training.job.Method;
import org.sd15.pipeline.training.job.TrainingJob;
import org.sd15.pipeline.vae.VaeLoss;
import org.sd15.testing.Fixture;

/** Whole trainings of the shapes model by Training: the same numbers as by hand, and all the files on the way. */
class TrainingTest {

    private static final Path SHAPES = Fixture.resource("sd15-pipeline", "shapes");
    private static final Method.Lora LORA = new Method.Lora(new LowRank(2, 2), AdaptedLayers.of("attn2.to_k"), false);

    @TempDir
    private Path folder;

    private Path pictures = Path.of("");
    private Path output = Path.of("");
    private final List<String> told = new ArrayList<>();

    /** Three pictures of 10 x 8, which are trained on at 32 x 32. */
    @BeforeEach
    void draw() throws IOException {
        pictures = SmallFolder.captioned(folder.resolve("pictures"), 3);
        output = folder.resolve("new/learnt.safetensors");
    }

    private TrainingPictures data() {
        return TrainingPictures.in(pictures).batch(2).resolution(32);
    }

    private TrainingBuilder lora() {
        return Training.lora(LORA)
                .data(data())
                .output(output)
                .learningRate(1e-2)
                .steps(2);
    }

    private static boolean run(TrainingBuilder training) throws IOException {
        try (ModelFiles model = ModelFiles.open(SHAPES)) {
            return training.build().run(model);
        }
    }

    private static Map<String, String> record(Path file) throws IOException {
        try (TensorFile written = SafetensorsFile.open(file)) {
            return written.metadata();
        }
    }

    /** Writes down what it is told. */
    private TrainingListener listener() {
        return new TrainingListener() {
            @Override
            public void note(String remark) {
                told.add(remark);
            }

            @Override
            public TrainingProgress begin(String task, int done, int total) {
                told.add("%s %d of %d".formatted(task, done, total));
                return TrainingProgress.NONE;
            }
        };
    }

    @Test
    void itDoesWhatItsPartsDoByHand() throws Exception {
        Map<String, INDArray> learnt = new LinkedHashMap<>();
        boolean finished = run(lora().seed(3)
                .captionDropout(0.25)
                .noise(0.1, 0.1)
                .weighting(new LossWeighting.MinSnr(5))
                .listener(new TrainingListener() {
                    @Override
                    public void ended(TrainingSession session) {
                        session.result().forEach((name, array) -> learnt.put(name, array.dup()));
                    }
                }));
        assertThat(finished).isTrue();
        try (ModelFiles files = ModelFiles.open(SHAPES);
                TrainingJob job = new TrainingJob(files, LORA, 3)) {
            LatentCache latents =
                    new LatentCache(folder.resolve("cache"), job.vae(), new PictureTransform(32, 32, false, false));
            var batches = new PictureBatches(
                    PreparedPictures.of(PictureFolder.read(pictures, BadData.FAIL), latents, BadData.FAIL, done -> {}),
                    null,
                    latents,
                    job.vae(),
                    job.captions(folder.resolve("cache")),
                    new PictureBatches.Settings(2, 0.25, new NoiseSettings(0.1, 0.1, 1000)),
                    3);
            Trainer trainer = new Trainer(
                    job.model(),
                    batches,
                    job.objective(new LossWeighting.MinSnr(5)),
                    TrainingSettings.of(LearningRate.constant(1e-2, 2)));
            trainer.forEachRemaining(step -> {});
            assertThat(learnt.keySet()).isEqualTo(trainer.result().keySet()).isNotEmpty();
            learnt.forEach((name, array) ->
                    assertSameBits(name, array, trainer.result().get(name)));
        }
        assertThat(record(output))
                .containsEntry("sd15.training.method", "lora")
                .containsEntry("sd15.training.model", "shapes")
                .containsEntry("sd15.training.batch", "2")
                .containsEntry("sd15.training.seed", "3")
                .containsEntry("sd15.training.steps", "2")
                .containsEntry("sd15.training.learns", "additions of rank 2, alpha 2.0")
                .containsKeys("sd15.training.data", "sd15.training.pictures", "sd15.training.unet");
    }

    @Test
    void aStoppedTrainingGoesOnToTheSameFileByteByByte() throws Exception {
        run(lora());
        byte[] whole = Files.readAllBytes(output);
        Path half = folder.resolve("half.safetensors");
        List<Integer> steps = new ArrayList<>();
        TrainingListener counting = new TrainingListener() {
            @Override
            public void stepped(TrainingStep step, TrainingSession session) {
                steps.add(session.done());
            }
        };
        assertThat(run(lora().output(half).listener(counting).stopWhen(() -> !steps.isEmpty())))
                .isFalse();
        assertThat(half).doesNotExist();
        assertThat(folder.resolve("half.safetensors.training/checkpoints/checkpoint-000001.safetensors"))
                .isRegularFile();
        assertThatThrownBy(() -> run(lora().output(half).seed(4).resume()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("sd15.training.seed was 42 when the checkpoint was made, is 4 now");
        assertThat(run(lora().output(half).listener(counting).resume())).isTrue();
        assertThat(steps).containsExactly(1, 2);
        assertThat(half).hasBinaryContent(whole);
    }

    @Test
    void theEstimateComesFirstAndWhatCanNotFitIsRefusedBeforeAnythingIsMade() throws Exception {
        try (ModelFiles model = ModelFiles.open(SHAPES)) {
            Estimate estimate = lora().build().estimate(model);
            assertThat(estimate.secondsAStep()).isPositive();
            assertThat(estimate.cost().trained())
                    .isEqualTo(lora().build().estimate(model).cost().trained());
            assertThat(estimate.toString()).contains("parameters learn; memory about ", "; a step takes about ");
            double bytes = estimate.cost().bytes();
            assertThat(lora().memory(bytes).build().estimate(model).cost().bytes())
                    .isEqualTo(bytes);
            assertThatThrownBy(() -> lora().memory(bytes - 1).build().run(model))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("this training needs about ");
            double twice = lora().classPictures(ClassPictures.of("a circle"))
                    .build()
                    .estimate(model)
                    .cost()
                    .bytes();
            assertThat(twice).isGreaterThan(bytes);
        }
        assertThat(output.getParent()).doesNotExist();
    }

    @Test
    void dreamBoothDrawsItsClassAndValidationDrawsWhatIsLearnt() throws Exception {
        run(Training.dreamBooth(LORA, "a sks circle")
                .data(data())
                .output(output)
                .classPictures(new ClassPictures("a circle", null, 2, 1, 0.5))
                .validation(new Validation(List.of("a", "b"), 2, 1))
                .steps(1)
                .listener(listener()));
        Path run = folder.resolve("new/learnt.safetensors.training");
        assertThat(run.resolve("class/class-0001.png")).isRegularFile();
        assertThat(run.resolve("validation/step-000000-0.png")).isRegularFile();
        assertThat(run.resolve("validation/step-000001-0.png")).isRegularFile();
        assertThat(run.resolve("validation/step-000001-1.png")).isRegularFile();
        assertThat(told.get(0)).contains("parameters learn; memory about ");
        assertThat(told)
                .contains("encoding 0 of 3", "class pictures 0 of 2", "encoding class 0 of 2", "training 0 of 1");
        assertThat(record(output))
                .containsEntry("sd15.training.method", "dreambooth")
                .hasEntrySatisfying("sd15.training.class", it -> assertThat(it).endsWith(", weight 0.5"));
    }

    @Test
    void aNewWordIsLearntFromTemplatesForAThing() throws Exception {
        run(Training.textualInversion("<thing>", "red")
                .data(data())
                .output(output)
                .steps(1));
        assertThat(EmbeddingFile.read(output).vectors().shape()).containsExactly(1, 128);
        assertThat(CaptionTemplates.OBJECT.of("<thing>"))
                .contains("a photo of a <thing>")
                .hasSize(7);
    }

    @Test
    void theAutoencoderLearnsFromPicturesAlone() throws Exception {
        Path model = folder.resolve("model");
        run(Training.vae(VaeLoss.USUAL).data(data()).output(model).steps(1).listener(listener()));
        assertThat(told).contains("opening 0 of 3", "training 0 of 1");
        Path file = model.resolve("vae/diffusion_pytorch_model.safetensors");
        assertThat(record(file)).containsEntry("sd15.training.method", "vae");
        try (TensorFile learnt = SafetensorsFile.open(file);
                TensorFile before = SafetensorsFile.open(SHAPES.resolve("vae/diffusion_pytorch_model.safetensors"))) {
            String name = "decoder.conv_out.weight";
            assertThat(learnt.load(name, DataType.FLOAT)).isNotEqualTo(before.load(name, DataType.FLOAT));
        }
    }

    @Test
    void whatDoesNotGoTogetherIsRefusedWhenItIsSaid() {
        TrainingBuilder vae = Training.vae(VaeLoss.USUAL).output(output);
        assertThatThrownBy(() -> vae.captions(List.of("a")))
                .hasMessageContaining("the autoencoder learns pictures alone: captions can't be given");
        assertThatThrownBy(() -> vae.data(new ReplayFile(output, 1, null)).build())
                .hasMessageContaining("learns from pictures, not from batches of latents");
        assertThatThrownBy(() -> Training.full().startingFrom(output)).hasMessageContaining("only a LoRA can start");
        assertThatThrownBy(() -> Training.lora(4).output(output).build()).hasMessageContaining("nothing to train on");
        assertThatThrownBy(() -> Training.lora(4).data(pictures).build()).hasMessageContaining("give an output");
        assertThatThrownBy(() -> lora().steps(0)).hasMessageContaining("there must be a step");
        assertThatThrownBy(() -> Training.textualInversion("<x>", "red")
                        .data(new ReplayFile(pictures, 1, null))
                        .output(output)
                        .build())
                .hasMessageContaining("has text states: the text encoder can't learn from them");
        assertThatThrownBy(() -> lora().data(new ReplayFile(pictures, 1, null))
                        .classPictures(ClassPictures.of("a"))
                        .build())
                .hasMessageContaining("pictures of a class are for pictures of a subject");
        assertThatThrownBy(() -> new ClassPictures(null, null, 1, 1, 1)).hasMessageContaining("need a prompt");
    }

    @Test
    void whatCanBeKnownBeforeTheFirstStepIsRefusedBeforeAnythingIsLoaded() throws Exception {
        assertThatThrownBy(() -> run(lora().data(data().resolution(30))))
                .hasMessageContaining("the resolution is 30, must be a multiple of 4 pixels");
        assertThatThrownBy(() -> run(lora().output(pictures))).hasMessageContaining("is a folder, must be a file");
        assertThatThrownBy(() -> run(lora().output(folder.resolve("x.pt"))))
                .hasMessageContaining("must end in .safetensors");
        Path file = Files.createFile(folder.resolve("file"));
        assertThatThrownBy(() -> run(Training.full().data(data()).output(file)))
                .hasMessageContaining("is a file, must be a folder: a whole model is written");
        run(lora().steps(1));
        try (ModelFiles added = ModelFiles.open(SHAPES).lora(output, 1)) {
            assertThatThrownBy(() -> lora().build().run(added)).hasMessageContaining("use startingFrom(file)");
        }
        run(lora().steps(1).output(folder.resolve("more.safetensors")).startingFrom(output));
    }
}
