package org.sd15.examples.training;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.cli.report.ContactSheet;
import org.sd15.pipeline.image.Pictures;
import org.sd15.pipeline.image.PngFile;
import org.sd15.pipeline.vae.Vae;
import org.sd15.shapes.pictograms.Pictogram;
import org.sd15.shapes.pictograms.PictogramScenes;

/** Scenes that an autoencoder has not seen, and how well they come back. */
final class Reconstructions {

    private static final int SCENES = 48;
    private static final int SHOWN = 12;
    private static final int BATCH = 16;

    private final List<INDArray> batches = new ArrayList<>(); // [16, 3, 64, 64], from 0 to 1

    Reconstructions(List<Pictogram> pictograms, long seed) {
        PictogramScenes scenes = new PictogramScenes(pictograms, seed);
        for (int start = 0; start < SCENES; start += BATCH) {
            INDArray[] rows = new INDArray[BATCH];
            for (int row = 0; row < BATCH; row++) {
                rows[row] = scenes.any(start + row).picture();
            }
            batches.add(Nd4j.concat(0, rows));
        }
    }

    /** The mean over the scenes of the peak signal-to-noise ratio of what comes back, in dB. */
    double psnr(Vae vae) {
        double sum = 0;
        for (INDArray pictures : batches) {
            INDArray error = back(vae, pictures).subi(pictures);
            INDArray squared = error.muli(error);
            for (int row = 0; row < BATCH; row++) {
                sum -= 10 * Math.log10(squared.slice(row).meanNumber().doubleValue());
            }
        }
        return sum / SCENES;
    }

    /** Draws some scenes above what comes back of them. */
    void draw(Vae vae, Path file) throws IOException {
        ContactSheet sheet = new ContactSheet();
        INDArray pictures = batches.get(0);
        sheet.row("drawn", Pictures.toImages(pictures).subList(0, SHOWN));
        sheet.row("given back", Pictures.toImages(back(vae, pictures)).subList(0, SHOWN));
        PngFile.write(file, sheet.image(), Map.of());
    }

    private static INDArray back(Vae vae, INDArray pictures) {
        INDArray latents = vae.encodePictures(pictures).mode();
        return Nd4j.math().clipByValue(vae.decode(latents).addi(1).divi(2), 0, 1);
    }
}
