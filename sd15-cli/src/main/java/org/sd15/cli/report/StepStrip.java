package org.sd15.cli.report;

import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.denoise.DenoisingStep;
import org.sd15.pipeline.image.Pictures;

/** How pictures came about: what a few steps foresaw, one row a picture. */
public final class StepStrip {

    private static final int COLUMNS = 8;
    private static final int GAP = 4;
    private static final int CELL = 128;

    /** Latents larger than this are shrunk for the previews; decoding them would cost more than drawing. */
    private static final int LARGEST_SIDE = 32;

    private final StableDiffusion model;
    private final int steps;
    private final List<List<BufferedImage>> columns = new ArrayList<>();

    /** A strip of a run of n steps. */
    public StepStrip(StableDiffusion model, int steps) {
        this.model = model;
        this.steps = steps;
    }

    /** Takes a step in, if it is one of those that are shown. */
    public void add(DenoisingStep step) {
        int columnsOfRun = Math.min(COLUMNS, steps);
        int shown = Math.round((float) (columns.size() * (steps - 1)) / Math.max(1, columnsOfRun - 1));
        if (step.index() == shown && columns.size() < columnsOfRun) {
            columns.add(Pictures.toImages(model.decode(shrunk(step.predOriginalSample()))));
        }
    }

    private static INDArray shrunk(INDArray latents) {
        INDArray x = latents;
        while (Math.max(x.size(2), x.size(3)) > LARGEST_SIDE && x.size(2) % 2 == 0 && x.size(3) % 2 == 0) {
            long[] halves = {x.size(0), x.size(1), x.size(2) / 2, 2, x.size(3) / 2, 2};
            x = x.dup('c').reshape(halves).mean(3, 5);
        }
        return x;
    }

    /** The strip so far. */
    public BufferedImage image() {
        int rows = columns.isEmpty() ? 0 : columns.get(0).size();
        var strip = new BufferedImage(
                Math.max(1, columns.size() * (CELL + GAP) - GAP),
                Math.max(1, rows * (CELL + GAP) - GAP),
                BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = strip.createGraphics();
        graphics.setBackground(java.awt.Color.WHITE);
        graphics.clearRect(0, 0, strip.getWidth(), strip.getHeight());
        graphics.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BICUBIC);
        for (int column = 0; column < columns.size(); column++) {
            for (int row = 0; row < rows; row++) {
                draw(graphics, columns.get(column).get(row), column * (CELL + GAP), row * (CELL + GAP));
            }
        }
        graphics.dispose();
        return strip;
    }

    private static void draw(Graphics2D graphics, BufferedImage image, int x, int y) {
        int longer = Math.max(image.getWidth(), image.getHeight());
        int width = image.getWidth() * CELL / longer;
        int height = image.getHeight() * CELL / longer;
        graphics.drawImage(image, x + (CELL - width) / 2, y + (CELL - height) / 2, width, height, null);
    }
}
