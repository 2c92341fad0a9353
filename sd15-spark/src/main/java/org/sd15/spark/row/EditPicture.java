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
import org.sd15.pipeline.image.Pictures;
import org.sd15.pipeline.image.PngFile;

/**
 * Edits a given picture, or the one that the prompt draws.
 *
 * @param method by which
 * @param output the column of the edited picture
 */
public record EditPicture(EditingMethod method, String output) implements RowWork {

    private static final long serialVersionUID = 1;

    @Override
    public List<StructField> columns() {
        return List.of(DataTypes.createStructField(output, DataTypes.BinaryType, true));
    }

    @Override
    public void check(ObjectNode settings, RowColumns columns) {
        method.require(columns);
        Settings.of(settings, method.settings()).run().check();
    }

    @Override
    public List<@Nullable Object> on(StableDiffusion model, RowInput row, Runnable betweenSteps) throws IOException {
        Settings<? extends Edit> settings = Settings.of(row.settings(), method.settings());
        INDArray picture = null;
        Object given = row.picture();
        if (given != null) {
            BufferedImage image = PictureCell.read(given);
            picture = Pictures.fromImage(
                    Fitting.of(image, model.components(), settings.run()).apply(image));
        }
        INDArray latents = settings.method().on(new EditInput(model, row, settings.run(), picture, betweenSteps));
        BufferedImage edited = Pictures.toImages(model.decode(latents)).get(0);
        return List.of(PngFile.encode(edited, Map.of()));
    }
}
