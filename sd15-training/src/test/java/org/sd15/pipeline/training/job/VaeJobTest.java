package org.sd15.pipeline.training.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.sd15.testing.Closeness.assertSameBits;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.importer.ModelPart;
import org.sd15.importer.io.StrictJson;
import org.sd15.importer.safetensors.SafetensorsFile;
import org.sd15.importer.tensor.TensorFile;
import org.sd15.pipeline.model.ModelFiles;
import org.sd15.pipeline.training.Checkpoints;
import org.sd15.pipeline.training.EmaDecay;
import org.sd15.pipeline.training.LearningRate;
import org.sd15.pipeline.training.RunFolder;
import org.sd15.pipeline.training.Trainer;
import org.sd15.pipeline.training.TrainingSettings;
import org.sd15.pipeline.training.data.FolderPictures;
import org.sd15.pipeline.training.data.PictureTransform;
import org.sd15.pipeline.training.data.SmallFolder;
import org.sd15.pipeline.vae.Vae;
import org.sd15.pipeline.vae.VaeLoss;
import org.sd15.testing.Fixture;

/** An autoencoder from its configuration alone: drawn, trained, stopped, resumed and written. */
class VaeJobTest {

    private static final Path SHAPES = Fixture.resource("sd15-pipeline", "shapes");
    private static final int STEPS = 4;

    @TempDir
    private Path folder;

    private Path configuration = Path.of("");
    private List<Path> pictures = List.of();

    /** The shapes model's autoencoder at a quarter of its width, on three pictures. */
    @BeforeEach
    void prepare() throws IOException {
        configuration = folder.resolve("configuration");
        for (String file : List.of("model_index.json", "unet/config.json", "text_encoder/config.json")) {
            Path target = configuration.resolve(file);
            Files.createDirectories(target.getParent());
            Files.copy(SHAPES.resolve(file), target);
        }
        ObjectNode vae = StrictJson.readObject(SHAPES.resolve("vae/config.json"));
        vae.putArray("block_out_channels").add(8).add(16).add(16);
        vae.put("norm_num_groups", 8);
        Files.createDirectories(configuration.resolve("vae"));
        Files.writeString(configuration.resolve("vae/config.json"), vae.toString());
        SmallFolder.captioned(folder.resolve("pictures"), 3);
        try (Stream<Path> files = Files.list(folder.resolve("pictures"))) {
            pictures = files.filter(file -> file.toString().endsWith(".png"))
                    .sorted()
                    .toList();
        }
    }

    private VaeJob job(ModelFiles files) throws IOException {
        var source = new FolderPictures(pictures, new PictureTransform(8, 8, true, true), 2, 3);
        return new VaeJob(files, VaeLoss.USUAL, source, 4);
    }

    private static Trainer trainer(VaeJob job) {
        return new Trainer(
                job.passes(),
                TrainingSettings.of(LearningRate.constant(2e-3, STEPS))
                        .accumulating(2)
                        .averaging(new EmaDecay(0.5, true)));
    }

    @Test
    void twoAndTwoStepsAreFour() throws IOException {
        Path checkpoint;
        Map<String, INDArray> expected;
        double firstLoss;
        try (ModelFiles files = ModelFiles.open(configuration).drawingMissingParts(1);
                VaeJob whole = job(files)) {
            Trainer trainer = trainer(whole);
            firstLoss = trainer.next().loss();
            trainer.next();
            try (RunFolder own = RunFolder.open(folder.resolve("run"))) {
                checkpoint = own.checkpoints(1).write(trainer, Map.of());
            }
            trainer.next();
            assertThat(trainer.next().loss()).isLessThan(firstLoss);
            expected = Map.copyOf(trainer.result());
        }
        try (ModelFiles files = ModelFiles.open(configuration).drawingMissingParts(2);
                VaeJob half = job(files)) {
            Trainer trainer = trainer(half);
            Checkpoints.restore(checkpoint, trainer);
            trainer.forEachRemaining(step -> {});
            trainer.result().forEach((name, array) -> assertSameBits(name, array, expected.get(name)));
        }
    }

    @Test
    void whatIsWrittenIsTheAverageAndScalesItsLatentsToUnitVariance() throws IOException {
        Path written = folder.resolve("written");
        try (ModelFiles files = ModelFiles.open(configuration).drawingMissingParts(1);
                VaeJob job = job(files)) {
            Trainer trainer = trainer(job);
            trainer.next();
            Map<String, INDArray> result = trainer.result();
            job.write(result, written, Map.of("sd15.training.seed", "4"));
            try (ModelFiles read = ModelFiles.open(written);
                    Vae vae = read.vae()) {
                vae.weights()
                        .forEach((name, array) ->
                                assertSameBits(name, array, Objects.requireNonNull(result.get("vae." + name))));
                assertThat(spread(vae)).isCloseTo(1, within(0.1)); // measured on other cuts of the three pictures
            }
        }
        assertThat(written.resolve("unet/config.json")).exists();
        try (TensorFile file = SafetensorsFile.open(written.resolve("vae/diffusion_pytorch_model.safetensors"))) {
            assertThat(file.metadata()).containsEntry("sd15.training.seed", "4");
        }
    }

    private double spread(Vae vae) {
        var source = new FolderPictures(pictures, new PictureTransform(8, 8, true, true), 32, 5);
        return Nd4j.toFlattened(vae.scale(vae.encode(source.next()).mean()))
                .stdNumber()
                .doubleValue();
    }

    /** Its latents have a UNet that knows their scale. */
    @Test
    void anAutoencoderThatHadWeightsKeepsItsScale() throws IOException {
        Path written = folder.resolve("written");
        try (ModelFiles files = ModelFiles.open(SHAPES);
                VaeJob job = job(files)) {
            job.write(job.passes().parameters(), written, Map.of());
            try (ModelFiles read = ModelFiles.open(written)) {
                assertThat(read.vaeConfig().scalingFactor())
                        .isEqualTo(files.vaeConfig().scalingFactor());
            }
        }
    }

    @Test
    void aFrozenPartThatHasLearntNothingIsRefused() throws IOException {
        Method all = new Method.Full(name -> true, Method.TextPart.EVERYTHING);
        try (ModelFiles files = ModelFiles.open(configuration).drawingMissingParts(1)) {
            assertThatThrownBy(() -> new TrainingJob(files, all, 1))
                    .hasMessageContaining(configuration + " has no weights for the vae")
                    .hasMessageEndingWith("train it first, with Training.vae")
                    .isInstanceOfSatisfying(
                            MissingWeightsException.class,
                            missing -> assertThat(missing.part()).isEqualTo(ModelPart.VAE));
        }
    }
}
