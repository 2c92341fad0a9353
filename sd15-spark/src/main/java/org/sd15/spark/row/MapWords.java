package org.sd15.spark.row;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.heatmap.HeatMap;
import org.sd15.pipeline.heatmap.HeatMapRequest;
import org.sd15.pipeline.heatmap.HeatMapRun;
import org.sd15.pipeline.heatmap.PromptHeatMaps;
import org.sd15.pipeline.image.Pictures;
import org.sd15.pipeline.image.PngFile;
import org.sd15.pipeline.words.PromptWords;

/**
 * Finds where the words of a prompt are in a given picture, or in the one that the prompt draws.
 *
 * @param picture the column of the picture that the maps are of
 * @param maps the column of the maps by word
 */
public record MapWords(String picture, String maps) implements RowWork {

    private static final long serialVersionUID = 1;
    private static final int WHITE = 255;

    /** There are none but those of all runs. */
    record NoSettings() {}

    @Override
    public List<StructField> columns() {
        return List.of(
                DataTypes.createStructField(picture, DataTypes.BinaryType, true),
                DataTypes.createStructField(
                        maps, DataTypes.createMapType(DataTypes.StringType, DataTypes.BinaryType), true));
    }

    @Override
    public void check(ObjectNode settings, RowColumns columns) {
        Settings.of(settings, NoSettings.class).run().check();
    }

    @Override
    public List<@Nullable Object> on(StableDiffusion model, RowInput row, Runnable betweenSteps) throws IOException {
        RunOptions options = Settings.of(row.settings(), NoSettings.class).run();
        String prompt = row.requirePrompt();
        List<String> words = row.words() == null ? List.of() : row.words();
        PromptWords known = PromptWords.of(prompt, options.style(), model.tokenizer());
        words.forEach(known::tokens); // a word that is not there is told before anything is computed
        HeatMapRequest request = HeatMapRequest.of(prompt);
        Object given = row.picture();
        if (given == null) {
            request = request.sampling(usual -> options.sized(usual, model.components()));
        } else {
            BufferedImage image = PictureCell.read(given);
            INDArray pixels = Pictures.fromImage(
                    Fitting.of(image, model.components(), options).apply(image));
            request = request.picture(pixels).sampling(usual -> options.apply(usual, model.components()));
        }
        HeatMapRun run = request.on(model);
        run.run().finish(step -> betweenSteps.run());
        BufferedImage seen =
                Pictures.toImages(model.decode(run.run().latents())).get(0);
        return List.of(PngFile.encode(seen, Map.of()), overlays(run.maps(), words, seen));
    }

    /** The map of each word as a grey picture, white where it is most. */
    private static Map<String, byte[]> overlays(PromptHeatMaps found, List<String> words, BufferedImage picture)
            throws IOException {
        Map<String, HeatMap> wanted = new LinkedHashMap<>();
        if (words.isEmpty()) {
            wanted.putAll(found.words());
        } else {
            words.forEach(word -> wanted.put(word, found.word(word)));
        }
        Map<String, byte[]> overlays = new LinkedHashMap<>();
        for (Map.Entry<String, HeatMap> map : wanted.entrySet()) {
            BufferedImage grey = grey(map.getValue().overlay(picture.getHeight(), picture.getWidth()));
            overlays.put(map.getKey(), PngFile.encode(grey, Map.of()));
        }
        return overlays;
    }

    private static BufferedImage grey(HeatMap map) {
        var image = new BufferedImage(map.width(), map.height(), BufferedImage.TYPE_BYTE_GRAY);
        for (int y = 0; y < map.height(); y++) {
            for (int x = 0; x < map.width(); x++) {
                image.getRaster().setSample(x, y, 0, Math.round(WHITE * map.at(y, x)));
            }
        }
        return image;
    }
}
