package org.sd15.spark.row;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.denoise.GenerationRequest;
import org.sd15.pipeline.denoise.GenerationRequest.Source;
import org.sd15.pipeline.denoise.GenerationRequestBuilder;
import org.sd15.pipeline.image.Inpaint;
import org.sd15.pipeline.image.PictureFit;
import org.sd15.pipeline.image.Pictures;
import org.sd15.pipeline.image.PixelMask;
import org.sd15.pipeline.image.PngFile;

/**
 * Draws a prompt, from noise or from a picture, all of it or where a mask is white.
 *
 * @param output the column of the picture
 */
public record DrawPicture(String output) implements RowWork {

    private static final long serialVersionUID = 1;

    @Override
    public List<StructField> columns() {
        return List.of(DataTypes.createStructField(output, DataTypes.BinaryType, true));
    }

    @Override
    public void check(ObjectNode settings, RowColumns columns) {
        Settings.of(settings, DrawingSettings.class).run().check();
    }

    @Override
    public List<@Nullable Object> on(StableDiffusion model, RowInput row, Runnable betweenSteps) throws IOException {
        Settings<DrawingSettings> settings = Settings.of(row.settings(), DrawingSettings.class);
        DrawingSettings own = settings.method();
        GenerationRequestBuilder request = GenerationRequest.of(row.requirePrompt());
        if (own.negative() != null) {
            request.negative(own.negative());
        }
        Object given = row.picture();
        if (given == null) {
            if (row.mask() != null) {
                throw new IllegalArgumentException("the row has a mask, but no picture that it is for");
            }
            request.settings(usual -> settings.run().sized(usual, model.components()));
            return List.of(png(draw(model, request.build(), betweenSteps)));
        }
        request.settings(usual -> settings.run().apply(usual, model.components()));
        BufferedImage picture = PictureCell.read(given);
        PictureFit fit = Fitting.of(picture, model.components(), settings.run());
        BufferedImage fitted = fit.apply(picture);
        Object mask = row.mask();
        if (mask == null) {
            Source source = new Source(Pictures.fromImage(fitted), own.strength(false), null);
            return List.of(png(draw(model, request.source(source).build(), betweenSteps)));
        }
        INDArray white = Pictures.mask(PictureCell.read(mask)); // [1, 1, H, W]
        INDArray hard = PixelMask.hard(fit.mask(own.inverted() ? white.rsub(1) : white));
        PictureFit all = PictureFit.scaled(fitted, fitted.getWidth(), fitted.getHeight());
        Inpaint inpaint = new Inpaint(fitted, all, hard, PixelMask.blurred(hard, own.blur()));
        Source source = new Source(inpaint.seen(), own.strength(true), inpaint.painted());
        return List.of(png(inpaint.finished(draw(model, request.source(source).build(), betweenSteps))));
    }

    private static BufferedImage draw(StableDiffusion model, GenerationRequest request, Runnable betweenSteps) {
        INDArray latents = request.on(model).finish(step -> betweenSteps.run());
        return Pictures.toImages(model.decode(latents)).get(0);
    }

    private static Object png(BufferedImage picture) throws IOException {
        return PngFile.encode(picture, Map.of());
    }
}
