package org.sd15.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.edit.delta.DeltaDenoisingRequest;
import org.sd15.pipeline.edit.prompt.EditRequest;
import org.sd15.pipeline.image.Pictures;
import org.sd15.pipeline.image.PngFile;
import org.sd15.shapes.EmbeddedModel;

class PictureEditorTest {

    private static final StructType EDITS = new StructType()
            .add("prompt", "string")
            .add("target", "string")
            .add("content", "binary")
            .add("number", "bigint");
    private static final String SOURCE = "a large red circle on a white background";
    private static final String TARGET = "a large red star on a white background";

    private static byte[] given;

    @BeforeAll
    static void paint() throws IOException {
        given = PngFile.encode(picture(), Map.of());
    }

    private static BufferedImage picture() {
        BufferedImage picture = new BufferedImage(64, 64, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < 64 * 64; i++) {
            boolean inside = Math.hypot(i % 64 - 32, i / 64 - 32) < 20;
            picture.setRGB(i % 64, i / 64, (inside ? Color.RED : Color.WHITE).getRGB());
        }
        return picture;
    }

    private static PictureEditor editor(String method) {
        PictureEditor editor = new PictureEditor()
                .setMethod(method)
                .setPromptCol("prompt")
                .setTargetCol("target")
                .setSeedCol("number");
        return method.equals("dds") ? editor : editor.setSteps(2);
    }

    private static List<byte[]> edited(PictureEditor editor, int partitions, List<Row> rows) {
        List<Row> done =
                editor.transform(Sessions.table(EDITS, partitions, rows)).collectAsList();
        assertThat(done).extracting(row -> row.<String>getAs("error")).containsOnlyNulls();
        return done.stream().map(row -> row.<byte[]>getAs("edited")).toList();
    }

    private static List<Row> rows(int count, boolean picture, String target) {
        List<Row> rows = new ArrayList<>();
        for (long seed = 1; seed <= count; seed++) {
            rows.add(RowFactory.create(SOURCE, target, picture ? given : null, seed));
        }
        return rows;
    }

    private static byte[] png(StableDiffusion model, INDArray latents) throws IOException {
        long pictures = latents.size(0);
        INDArray last = latents.get(NDArrayIndex.interval(pictures - 1, pictures));
        return PngFile.encode(Pictures.toImages(model.decode(last)).get(0), Map.of());
    }

    @Test
    void eachNumberOfPartitionsGivesTheBytesOfOneProcess() throws IOException {
        List<byte[]> expected = new ArrayList<>();
        try (StableDiffusion model = StableDiffusion.load(EmbeddedModel.folder())) {
            for (long seed = 1; seed <= 4; seed++) {
                long own = seed;
                EditRequest request = EditRequest.of(SOURCE, TARGET)
                        .sampling(usual -> usual.steps(2).seed(own));
                expected.add(png(model, request.on(model).run().finish()));
            }
        }
        for (int partitions : new int[] {1, 2, 3, 7}) {
            List<byte[]> made = edited(editor("prompt-to-prompt"), partitions, rows(4, false, TARGET));
            for (int i = 0; i < expected.size(); i++) {
                assertThat(made.get(i))
                        .as("row %d in %d partitions", i, partitions)
                        .isEqualTo(expected.get(i));
            }
        }
        assertThat(expected.get(0)).isNotEqualTo(expected.get(1)); // the seed counts
    }

    @ParameterizedTest
    @CsvSource({
        "prompt-to-prompt, true, a large red star on a white background, {}",
        "ledits, true, +blue, {}",
        "masactrl, true, a large red star on a white background, '{\"startStep\": 1}'",
        "dds, true, a large red star on a white background, '{\"iterations\": 2}'",
        "pix2pix-zero, true, a large red star on a white background, {}",
        "attend, false, , '{\"words\": [\"circle\"], \"attempts\": 2}'"
    })
    void eachMethodGivesTheSameBytesInOnePartitionAndInTwo(
            String method, boolean picture, String target, String settings) {
        PictureEditor editor = editor(method).setSettings(settings);
        if (picture) {
            editor.setPictureCol("content");
        }
        List<byte[]> one = edited(editor, 1, rows(2, picture, target));
        List<byte[]> two = edited(editor, 2, rows(2, picture, target));
        for (int i = 0; i < one.size(); i++) {
            assertThat(two.get(i)).isEqualTo(one.get(i)).isNotEqualTo(given);
        }
    }

    @Test
    void editsAGivenPictureAsOneProcessDoes() throws IOException {
        byte[] made = edited(
                        editor("dds").setPictureCol("content").setSettings("{\"iterations\": 3, \"stepSize\": 0.05}"),
                        1,
                        rows(2, true, TARGET))
                .get(1);
        try (StableDiffusion model = StableDiffusion.load(EmbeddedModel.folder())) {
            INDArray latents = DeltaDenoisingRequest.of(SOURCE, TARGET, Pictures.fromImage(picture()))
                    .iterations(3)
                    .stepSize(0.05)
                    .seed(2)
                    .on(model)
                    .finish();
            assertThat(made).isEqualTo(png(model, latents));
        }
    }

    @Test
    void aRowAtFaultGetsItsErrorAndTheOthersTheirPictures() {
        List<Row> rows = List.of(
                RowFactory.create(SOURCE, TARGET, given, 1L),
                RowFactory.create(SOURCE, TARGET, Arrays.copyOf(given, 50), 1L),
                RowFactory.create(SOURCE, null, given, 1L),
                RowFactory.create(SOURCE, "star ".repeat(500_000), given, 1L),
                RowFactory.create(SOURCE, TARGET, given, 2L));
        PictureEditor editor = editor("prompt-to-prompt")
                .setPictureCol("content")
                .setSettings("{\"blend\": [[\"circle\", \"star\"]]}");
        List<Row> done = editor.transform(Sessions.table(EDITS, 2, rows)).collectAsList();
        assertThat(done).extracting(row -> row.getAs("edited") == null).containsExactly(false, true, true, true, false);
        assertThat(done.get(1).<String>getAs("error")).contains("PNG");
        assertThat(done.get(2).<String>getAs("error")).isEqualTo("the row has no target");
        assertThat(done.get(3).<String>getAs("error")).startsWith("the target has 2,500,000 characters");
    }

    @Test
    void aWordThatAPromptHasNotIsTheErrorOfItsRow() {
        PictureEditor editor = editor("prompt-to-prompt").setSettings("{\"blend\": [[\"cat\", \"star\"]]}");
        Row done = editor.transform(Sessions.table(EDITS, 1, rows(1, false, TARGET)))
                .first();
        assertThat(done.<String>getAs("error")).contains("\"cat\"").contains(SOURCE);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "prompt-to-prompt | {\"weights\": {\"star\": null}} | weights",
                "prompt-to-prompt | {\"crossStepsOf\": {\"star\": null}} | crossStepsOf",
                "ledits | {\"edits\": [null]} | edits"
            })
    void aNullInASettingIsToldWithItsName(String method, String settings, String name) {
        var table = Sessions.table(EDITS, 1, rows(1, true, TARGET));
        PictureEditor editor = editor(method).setPictureCol("content").setSettings(settings);
        assertThatThrownBy(() -> editor.transform(table))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(name);
    }

    @Test
    void whatAMethodNeedsIsToldBeforeAJobStarts() {
        var table = Sessions.table(EDITS, 1, rows(2, true, TARGET));
        assertThatThrownBy(() -> new PictureEditor()
                        .setMethod("dds")
                        .setPromptCol("prompt")
                        .transform(table))
                .hasMessage("the method dds needs a column of targets: set targetCol");
        assertThatThrownBy(() ->
                        editor("masactrl").setSettings("{\"startStp\": 1}").transform(table))
                .hasMessageContaining("unknown setting \"startStp\"")
                .hasMessageContaining("startStep");
        assertThatThrownBy(
                        () -> editor("prompt-to-prompt").setPictureCol("number").transform(table))
                .hasMessageContaining("Column number must be of type equal to one of the following types: [binary");
        assertThatThrownBy(() -> new PictureEditor().setMethod("magic")).hasMessageContaining("magic");
    }

    @Test
    void anInstructionNeedsAModelThatFollowsThem() {
        PictureEditor editor = new PictureEditor()
                .setMethod("instruct-pix2pix")
                .setTargetCol("target")
                .setPictureCol("content");
        Row done = editor.transform(Sessions.table(EDITS, 1, rows(1, true, "make it blue")))
                .first();
        assertThat(done.<String>getAs("error"))
                .contains("the UNet takes 4 channels; one that follows instructions takes 8");
    }
}
