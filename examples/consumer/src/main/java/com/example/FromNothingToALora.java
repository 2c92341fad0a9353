package com.example;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;
import org.sd15.pipeline.model.ModelFiles;
import org.sd15.pipeline.training.TrainingStep;
import org.sd15.pipeline.training.job.Method;
import org.sd15.pipeline.training.run.Training;
import org.sd15.pipeline.training.run.TrainingBuilder;
import org.sd15.pipeline.training.run.TrainingListener;
import org.sd15.pipeline.training.run.TrainingPictures;
import org.sd15.pipeline.training.run.TrainingSession;
import org.sd15.pipeline.vae.VaeLoss;

/**
 * Trainings of a model that begins as configurations alone: its autoencoder, then all the rest, then a LoRA on it.
 *
 * @param configuration a diffusers folder without weights
 * @param folder for what is made
 */
record FromNothingToALora(Path configuration, Path folder) {

    /** Trains all three, and returns the losses of the first. */
    List<Double> run() throws IOException {
        TrainingPictures pictures = TrainingPictures.in(draw()).batch(2);
        List<Double> losses = new ArrayList<>();
        Path withVae = folder.resolve("with-vae");
        train(configuration, Training.vae(VaeLoss.USUAL)
                .data(pictures)
                .output(withVae)
                .learningRate(1e-3)
                .steps(10)
                .listener(new TrainingListener() {
                    @Override
                    public void stepped(TrainingStep step, TrainingSession session) {
                        losses.add(step.loss());
                    }
                }));
        train(withVae, Training.full(new Method.Full(name -> true, Method.TextPart.EVERYTHING))
                .data(pictures)
                .output(model())
                .steps(1));
        train(model(), Training.lora(2).data(pictures).output(lora()).steps(1));
        return losses;
    }

    /** Where the model is that the LoRA is for. */
    Path model() {
        return folder.resolve("model");
    }

    /** Where the LoRA is. */
    Path lora() {
        return folder.resolve("lora.safetensors");
    }

    private static void train(Path from, TrainingBuilder training) throws IOException {
        try (ModelFiles model = ModelFiles.open(from).drawingMissingParts(1)) {
            training.build().run(model);
        }
    }

    /** Two pictures of one colour each, with their captions. */
    private Path draw() throws IOException {
        Path pictures = Files.createDirectories(folder.resolve("pictures"));
        for (String name : List.of("a", "b")) {
            BufferedImage image = new BufferedImage(16, 16, BufferedImage.TYPE_INT_RGB);
            image.createGraphics().drawLine(0, 0, 15, 15);
            image.setRGB(3, 7, (name.equals("a") ? Color.RED : Color.BLUE).getRGB());
            ImageIO.write(image, "png", pictures.resolve(name + ".png").toFile());
            Files.writeString(pictures.resolve(name + ".txt"), name);
        }
        return pictures;
    }
}
