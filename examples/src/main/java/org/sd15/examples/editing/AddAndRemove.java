package org.sd15.examples.editing;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.cli.report.MaskPicture;
import org.sd15.cli.report.PictureStrip;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.denoise.RunSettings;
import org.sd15.pipeline.edit.ledits.Concept;
import org.sd15.pipeline.edit.ledits.LeditsEditing;
import org.sd15.pipeline.edit.ledits.LeditsRequest;
import org.sd15.pipeline.image.Pictures;
import org.sd15.pipeline.image.PngFile;
import org.sd15.pipeline.inversion.Inversion;
import org.sd15.pipeline.inversion.InversionFile;
import org.sd15.pipeline.inversion.NoiseMapInverter;
import org.sd15.pipeline.inversion.Reconstruction;
import org.sd15.pipeline.words.Conformance;
import org.sd15.shapes.EmbeddedModel;

/**
 * LEDITS++: concepts are added and taken away, each where its mask is. The picture is inverted once and kept in a file; all
 * edits start from that. The guidance of the source's prompt keeps the ground white; without it this model, which draws on
 * grounds of any colour, lets it go. Parts of the old square stay where the mask does not reach.
 */
public final class AddAndRemove {

    private static final String SOURCE = "a large yellow square on a white background";
    private static final int STEPS = 20;

    private AddAndRemove() {}

    /**
     * Inverts once and edits twice.
     *
     * @param arguments a folder for the pictures (default: out/add-and-remove)
     */
    public static void main(String[] arguments) throws Exception {
        Path out = Files.createDirectories(Path.of(arguments.length > 0 ? arguments[0] : "out/add-and-remove"));
        BufferedImage given = DrawnSquare.of(new Color(240, 200, 40));
        PictureStrip strip = new PictureStrip().add("given", given);
        try (StableDiffusion model = StableDiffusion.load(EmbeddedModel.folder())) {
            Inversion inversion = model.invert(
                    NoiseMapInverter.leditsPlusPlus(0.1, 2, Conformance.CORRECTED),
                    Pictures.fromImage(given),
                    List.of(SOURCE),
                    RunSettings.DEFAULT.steps(STEPS));
            InversionFile.save(inversion, out.resolve("inversion.safetensors"));
            Inversion kept = InversionFile.load(out.resolve("inversion.safetensors"));
            Concept blue = Concept.add("a blue square").guidance(5).threshold(0.75);
            Concept yellow = Concept.remove("a yellow square").guidance(3).threshold(0.75);
            Reconstruction known = edit(model, LeditsRequest.of(kept, blue), strip, "+ blue");
            edit(model, LeditsRequest.of(kept, blue, yellow).known(known), strip, "+ blue - yellow");
        }
        PngFile.write(out.resolve("strip.png"), strip.image(), Map.of("prompt", SOURCE));
        System.out.println("see " + out.resolve("strip.png"));
    }

    private static Reconstruction edit(StableDiffusion model, LeditsRequest request, PictureStrip strip, String name) {
        LeditsEditing editing = model.ledits(request);
        INDArray pictures = model.decode(editing.run().finish());
        double[] colour = DrawnSquare.colour(pictures.slice(0));
        System.out.printf(
                "%s%n%-15s colour of the square %.2f %.2f %.2f%n",
                editing.reconstruction(), name, colour[0], colour[1], colour[2]);
        BufferedImage image = Pictures.toImages(pictures).get(0);
        strip.add(name, image);
        strip.add(
                "mask of " + name, MaskPicture.of(editing.everMasked().slice(0).slice(0), image));
        return editing.reconstruction();
    }
}
