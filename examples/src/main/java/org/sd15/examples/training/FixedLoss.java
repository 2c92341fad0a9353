package org.sd15.examples.training;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.image.Pictures;
import org.sd15.pipeline.image.PngFile;
import org.sd15.pipeline.random.TorchRandom;
import org.sd15.pipeline.schedule.NoiseSchedule;
import org.sd15.pipeline.training.data.CaptionedPicture;
import org.sd15.pipeline.training.data.PictureFolder;
import org.sd15.pipeline.vae.DiagonalGaussian;
import org.sd15.unet.UNetInput;

/**
 * The mean squared error of the predicted noise at twenty time steps, evenly spread, with noise of fixed seeds. A loss
 * of a training step depends on what was drawn for it; this one can be compared before and after.
 */
final class FixedLoss {

    private static final int TIMES = 20;
    private static final long SEED = 1234;
    private static final long SEED_OF_LATENTS = 5;

    private FixedLoss() {}

    /** The loss on the pictures of a folder. Their latents are drawn as they are for training, but with a fixed seed. */
    static double of(StableDiffusion model, PictureFolder folder) throws IOException {
        TorchRandom random = new TorchRandom(SEED_OF_LATENTS);
        List<INDArray> rows = new ArrayList<>();
        List<String> captions = new ArrayList<>();
        for (CaptionedPicture picture : folder.pictures()) {
            INDArray pixels = Pictures.fromImage(PngFile.read(picture.file()));
            DiagonalGaussian encoded = model.vae().encodePictures(pixels);
            rows.add(
                    model.vae().scale(encoded.sample(random.randn(encoded.mean().shape()))));
            captions.add(picture.captions().get(0));
        }
        return of(model, Nd4j.concat(0, rows.toArray(INDArray[]::new)), captions);
    }

    /**
     * The loss on some pictures.
     *
     * @param latents scaled, {@code [pictures, 4, h, w]}
     * @param captions one a picture
     */
    static double of(StableDiffusion model, INDArray latents, List<String> captions) {
        TorchRandom random = new TorchRandom(SEED);
        NoiseSchedule schedule = model.scheduler().noiseSchedule();
        int spacing = schedule.timesteps() / TIMES;
        int[] timesteps = new int[TIMES];
        Arrays.setAll(timesteps, i -> spacing / 2 + spacing * i);
        double sum = 0;
        for (int i = 0; i < captions.size(); i++) {
            INDArray clean = Nd4j.concat(
                    0,
                    Collections.nCopies(TIMES, latents.slice(i, 0).reshape(1, 4, latents.size(2), latents.size(3)))
                            .toArray(INDArray[]::new));
            INDArray noise = random.randn(clean.shape());
            INDArray states = model.encode(Collections.nCopies(TIMES, captions.get(i)), 0);
            double[] times = Arrays.stream(timesteps).asDoubleStream().toArray();
            INDArray found =
                    model.unet().predict(new UNetInput(schedule.addNoise(clean, noise, timesteps), times, states));
            INDArray error = found.sub(noise);
            sum += error.mul(error).meanNumber().doubleValue();
        }
        return sum / captions.size();
    }
}
