package org.sd15.server.job;

import java.awt.image.BufferedImage;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.denoise.GenerationRequest.Source;
import org.sd15.pipeline.image.Inpaint;
import org.sd15.pipeline.image.PictureFit;
import org.sd15.pipeline.image.Pictures;
import org.sd15.pipeline.image.PixelMask;

/**
 * The picture that a drawing starts from.
 *
 * @param image as it was given
 * @param strength from 0, which keeps it, to 1, which forgets it
 * @param mask what of it is painted anew; null for all
 */
record StartPicture(Given image, double strength, @Nullable Masking mask) {

    private static final double STRENGTH = 0.8;

    /**
     * A mask, white where something happens.
     *
     * @param image as it was given
     * @param invert whether black is painted instead
     * @param blur standard deviation of the border in pixels
     * @param onlyMasked whether the part around the mask is painted at the model's size, and the rest keeps its own
     */
    record Masking(Given image, boolean invert, int blur, boolean onlyMasked) {

        static Masking of(Given image, Fields fields) {
            return new Masking(
                    image,
                    fields.flag("invertMask", false),
                    (int) fields.whole("maskBlur", 0, 0, 64),
                    fields.flag("onlyMasked", false));
        }
    }

    /**
     * What a run starts from.
     *
     * @param source for the request
     * @param inpaint what is done with the result; null if it stays as it is
     */
    record Start(Source source, @Nullable Inpaint inpaint) {

        /** A picture that was drawn, with what the mask keeps. */
        BufferedImage finished(BufferedImage drawn) {
            return inpaint == null ? drawn : inpaint.finished(drawn);
        }
    }

    /** The picture of the fields; null if there is none. */
    static @Nullable StartPicture of(Fields fields, Limits limits) {
        Given image = Given.of(fields, "image", limits);
        Given mask = Given.of(fields, "mask", limits);
        if (image == null) {
            if (mask != null) {
                throw new FieldProblem("mask", "mask needs an image");
            }
            return null;
        }
        double strength = fields.number("strength", mask == null ? STRENGTH : 1, 0, 1);
        return new StartPicture(image, strength, mask == null ? null : Masking.of(mask, fields));
    }

    /** What a run of a size starts from. */
    Start start(TaskRun run, @Nullable Integer width, @Nullable Integer height) throws IOException {
        BufferedImage read = image.read(run);
        if (mask == null) {
            PictureFit fit = image.fit(read, run.model(), width, height);
            return new Start(new Source(Pictures.fromImage(fit.apply(read)), strength, null), null);
        }
        Inpaint inpaint = inpaint(run, mask, read, width, height);
        return new Start(new Source(inpaint.seen(), strength, inpaint.painted()), inpaint);
    }

    private Inpaint inpaint(
            TaskRun run, Masking of, BufferedImage read, @Nullable Integer width, @Nullable Integer height)
            throws IOException {
        StableDiffusion model = run.model();
        INDArray white = Pictures.mask(of.image().read(run));
        INDArray asked = of.invert() ? white.rsub(1) : white;
        if (of.onlyMasked()) {
            int w = width == null ? model.pictureSize() : width;
            int h = height == null ? model.pictureSize() : height;
            PictureFit whole = PictureFit.scaled(read, read.getWidth(), read.getHeight());
            INDArray hard = PixelMask.hard(whole.mask(asked));
            return new Inpaint(read, PixelMask.around(read, hard, w, h), hard, PixelMask.blurred(hard, of.blur()));
        }
        PictureFit fit = image.fit(read, model, width, height);
        BufferedImage fitted = fit.apply(read);
        INDArray hard = PixelMask.hard(fit.mask(asked));
        PictureFit all = PictureFit.scaled(fitted, fitted.getWidth(), fitted.getHeight());
        return new Inpaint(fitted, all, hard, PixelMask.blurred(hard, of.blur()));
    }
}
