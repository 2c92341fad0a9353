package org.sd15.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.spark.SparkException;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.denoise.GenerationRequest;
import org.sd15.pipeline.denoise.GenerationRequest.Source;
import org.sd15.pipeline.image.Pictures;
import org.sd15.pipeline.image.PngFile;
import org.sd15.shapes.EmbeddedModel;

class PictureGeneratorTest {

    private static final StructType PROMPTS =
            new StructType().add("prompt", "string").add("number", "bigint").add("own", "string");
    private static final List<Row> ROWS = List.of(
            RowFactory.create("a large blue star on a white background", 1L, null),
            RowFactory.create("a small red circle", 2L, "{\"steps\": 1}"),
            RowFactory.create("a green square", 3L, "{\"negative\": \"a star\"}"),
            RowFactory.create("a large blue star on a white background", 4L, null));

    private static PictureGenerator generator() {
        return new PictureGenerator().setSeedCol("number").setSettingsCol("own").setSteps(2);
    }

    /** What one process draws, without Spark. */
    private static List<byte[]> drawn() throws IOException {
        List<byte[]> pictures = new ArrayList<>();
        try (StableDiffusion model = StableDiffusion.load(EmbeddedModel.folder())) {
            for (Row row : ROWS) {
                var request = GenerationRequest.of(row.getString(0))
                        .seed(row.getLong(1))
                        .steps(row.getLong(1) == 2 ? 1 : 2);
                if (row.getLong(1) == 3) {
                    request.negative("a star");
                }
                pictures.add(png(model.decode(request.build().on(model).finish())));
            }
        }
        return pictures;
    }

    private static byte[] png(INDArray pixels) throws IOException {
        return PngFile.encode(Pictures.toImages(pixels).get(0), Map.of());
    }

    @Test
    void eachNumberOfPartitionsDrawsTheBytesOfOneProcess() throws IOException {
        List<byte[]> expected = drawn();
        for (int partitions : new int[] {1, 2, 3, 7}) {
            Dataset<Row> table = generator().transform(Sessions.table(PROMPTS, partitions, ROWS));
            List<Row> done = table.collectAsList();
            assertThat(done).hasSize(ROWS.size());
            for (int i = 0; i < ROWS.size(); i++) {
                assertThat(done.get(i).<String>getAs("error")).isNull();
                assertThat(done.get(i).<Long>getAs("number"))
                        .isEqualTo(ROWS.get(i).getLong(1));
                assertThat(done.get(i).<byte[]>getAs("picture"))
                        .as("row %d in %d partitions", i, partitions)
                        .isEqualTo(expected.get(i));
            }
        }
        assertThat(expected.get(0)).isNotEqualTo(expected.get(3)); // the seed counts
    }

    @Test
    void aRowAtFaultGetsItsErrorAndTheOthersTheirPictures() throws IOException {
        BufferedImage given = new BufferedImage(64, 64, BufferedImage.TYPE_INT_RGB);
        byte[] whole = PngFile.encode(given, Map.of());
        StructType schema = new StructType()
                .add("prompt", "string")
                .add("content", "binary")
                .add("own", "string");
        List<Row> rows = List.of(
                RowFactory.create("a red star", whole, null),
                RowFactory.create("a red star", java.util.Arrays.copyOf(whole, 40), null),
                RowFactory.create("star ".repeat(500_000), null, null),
                RowFactory.create(null, whole, null),
                RowFactory.create("a red star", whole, "{\"stps\": 2}"),
                RowFactory.create("a red star", whole, "{"),
                RowFactory.create("a blue star", null, null));
        PictureGenerator generator = new PictureGenerator()
                .setPictureCol("content")
                .setSettingsCol("own")
                .setSteps(2)
                .setErrorCol("problem");
        List<Row> done = generator.transform(Sessions.table(schema, 2, rows)).collectAsList();
        assertThat(done)
                .extracting(row -> row.getAs("picture") == null)
                .containsExactly(false, true, true, true, true, true, false);
        assertThat(done)
                .extracting(row -> row.getAs("problem") == null)
                .containsExactly(true, false, false, false, false, false, true);
        assertThat(done.get(1).<String>getAs("problem")).contains("PNG");
        assertThat(done.get(2).<String>getAs("problem"))
                .isEqualTo("the prompt has 2,500,000 characters, up to 10,000 are taken");
        assertThat(done.get(3).<String>getAs("problem")).isEqualTo("the row has no prompt");
        assertThat(done.get(4).<String>getAs("problem"))
                .startsWith("unknown setting \"stps\"; there are [")
                .contains("steps")
                .contains("negative");
        assertThat(done.get(5).<String>getAs("problem")).startsWith("the settings are no JSON");
    }

    @Test
    void failFastEndsTheJobWithTheRowsError() {
        Dataset<Row> table = generator()
                .setMode(PictureGenerator.FAILFAST)
                .transform(Sessions.table(PROMPTS, 1, List.of(RowFactory.create(null, 1L, null))));
        assertThatThrownBy(table::collectAsList)
                .isInstanceOf(SparkException.class)
                .hasStackTraceContaining("a row can't be done, and the mode is FAILFAST: the row has no prompt");
    }

    /** Spark's source `image` gives pixels in blue, green, red; they are those of the file. */
    @Test
    void pixelsOfTheSourceImageAreThoseOfTheFile() throws IOException {
        BufferedImage given = new BufferedImage(64, 64, BufferedImage.TYPE_INT_RGB);
        byte[] bgr = new byte[64 * 64 * 3];
        for (int i = 0; i < 64 * 64; i++) {
            Color colour = new Color(i % 64 * 4, i / 64 * 4, 40);
            given.setRGB(i % 64, i / 64, colour.getRGB());
            bgr[3 * i] = (byte) colour.getBlue();
            bgr[3 * i + 1] = (byte) colour.getGreen();
            bgr[3 * i + 2] = (byte) colour.getRed();
        }
        StructType image = org.apache.spark.ml.image.ImageSchema.columnSchema();
        StructType schema = new StructType()
                .add("prompt", "string")
                .add("content", "binary")
                .add("image", image);
        List<Row> rows = List.of(RowFactory.create(
                "a red star", PngFile.encode(given, Map.of()), RowFactory.create("here", 64, 64, 3, 16, bgr)));
        Dataset<Row> table = Sessions.table(schema, 1, rows);
        PictureGenerator generator = new PictureGenerator().setSteps(2).setSettings("{\"strength\": 0.5}");
        byte[] ofFile =
                generator.setPictureCol("content").transform(table).first().getAs("picture");
        byte[] ofPixels =
                generator.setPictureCol("image").transform(table).first().getAs("picture");
        assertThat(ofPixels).isEqualTo(ofFile);
        try (StableDiffusion model = StableDiffusion.load(EmbeddedModel.folder())) {
            GenerationRequest request = GenerationRequest.of("a red star")
                    .steps(2)
                    .source(new Source(Pictures.fromImage(given), 0.5, null))
                    .build();
            assertThat(ofFile).isEqualTo(png(model.decode(request.on(model).finish())));
        }
    }

    @Test
    void whatAMaskLeavesOutStays() throws IOException {
        BufferedImage given = new BufferedImage(64, 64, BufferedImage.TYPE_INT_RGB);
        BufferedImage mask = new BufferedImage(64, 64, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < 64 * 64; i++) {
            given.setRGB(i % 64, i / 64, new Color(200, i % 64, i / 64).getRGB());
            mask.setRGB(i % 64, i / 64, i % 64 < 32 ? 0xFFFFFF : 0);
        }
        StructType schema = new StructType()
                .add("prompt", "string")
                .add("content", "binary")
                .add("mask", "binary");
        List<Row> rows = List.of(
                RowFactory.create("a blue star", PngFile.encode(given, Map.of()), PngFile.encode(mask, Map.of())));
        byte[] made = new PictureGenerator()
                .setSteps(1)
                .setPictureCol("content")
                .setMaskCol("mask")
                .transform(Sessions.table(schema, 1, rows))
                .first()
                .getAs("picture");
        BufferedImage drawn = PngFile.decode(made);
        assertThat(drawn.getRGB(0, 0)).isNotEqualTo(given.getRGB(0, 0));
        for (int i = 0; i < 64 * 64; i++) {
            if (i % 64 >= 32) {
                assertThat(drawn.getRGB(i % 64, i / 64)).isEqualTo(given.getRGB(i % 64, i / 64));
            }
        }
    }
}
