package org.sd15.benchmark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sd15.importer.io.ImportException;
import org.sd15.pipeline.image.Pictures;
import org.sd15.shapes.ScenePainter;

/** A folder in PIE-Bench's layout that the project draws itself. */
class PieBenchTest {

    private static final int SIDE = 512;
    private static final ScenePainter PAINTER = new ScenePainter(SIDE);

    @TempDir
    private Path folder;

    private final Map<String, Map<String, Object>> entries = new LinkedHashMap<>();
    private final EditCase drawn = EditCases.of(3, 1).get(0);

    @BeforeEach
    void draw() throws IOException {
        entries.put(
                "000000000001",
                new LinkedHashMap<>(Map.of(
                        "image_path",
                        "6_change_attribute_color_80/1_artificial/000000000001.jpg",
                        "original_prompt",
                        drawn.source().caption().replace(drawn.sourceWord(), bracketed(drawn.sourceWord())),
                        "editing_prompt",
                        drawn.target().caption().replace(drawn.targetWord(), bracketed(drawn.targetWord())),
                        "editing_instruction",
                        "Change its color",
                        "editing_type_id",
                        "6",
                        "blended_word",
                        drawn.sourceWord() + " " + drawn.targetWord(),
                        "mask",
                        runs(PAINTER.mask(drawn.before())))));
        Path picture = folder.resolve("annotation_images/6_change_attribute_color_80/1_artificial/000000000001.jpg");
        Files.createDirectories(Objects.requireNonNull(picture.getParent()));
        ImageIO.write(Pictures.toImages(PAINTER.paint(drawn.source())).get(0), "jpg", picture.toFile());
    }

    private static String bracketed(String word) {
        return "[" + word + "]";
    }

    /** Start and length of each run, as PIE-Bench writes masks. */
    private static List<Integer> runs(float[] mask) {
        List<Integer> runs = new ArrayList<>();
        for (int i = 0; i < mask.length; i++) {
            boolean starts = mask[i] > 0 && (i == 0 || mask[i - 1] == 0);
            if (starts) {
                runs.add(i);
                runs.add(0);
            }
            if (mask[i] > 0) {
                runs.set(runs.size() - 1, runs.get(runs.size() - 1) + 1);
            }
        }
        return runs;
    }

    private List<EditTask> read(int side) throws IOException {
        Files.write(folder.resolve("mapping_file.json"), new ObjectMapper().writeValueAsBytes(entries));
        return PieBench.read(folder, side, 10);
    }

    @Test
    void readsPicturePromptsWordsAndMask() throws IOException {
        EditTask task = read(SIDE).get(0);
        assertThat(task.name()).isEqualTo("000000000001");
        assertThat(task.kind()).isEqualTo("color");
        assertThat(task.job().source()).isEqualTo(drawn.source().caption());
        assertThat(task.job().target()).isEqualTo(drawn.target().caption());
        assertThat(task.job().sourceWord()).isEqualTo(drawn.sourceWord());
        assertThat(task.job().targetWord()).isEqualTo(drawn.targetWord());
        assertThat(task.job().added()).containsExactly(drawn.targetWord());
        assertThat(task.job().removed()).containsExactly(drawn.sourceWord());
        assertThat(task.job().instruction()).isEqualTo("Change its color");
        assertThat(task.succeeds()).isNull();
        assertThat(task.job()
                        .picture()
                        .sub(PAINTER.paint(drawn.source()))
                        .amaxNumber()
                        .doubleValue())
                .isLessThan(0.5); // a JPEG rings at edges
        assertThat(task.job()
                        .picture()
                        .sub(PAINTER.paint(drawn.source()))
                        .meanNumber()
                        .doubleValue())
                .isBetween(-0.01, 0.01);
    }

    /** The published decoder always adds a border of one pixel. */
    @Test
    void theMaskIsThatOfTheObjectAndABorderOfOnePixel() throws IOException {
        float[] mask = read(SIDE).get(0).editable();
        float[] object = PAINTER.mask(drawn.before());
        for (int i = 0; i < mask.length; i++) {
            int x = i % SIDE;
            int y = i / SIDE;
            boolean border = x == 0 || y == 0 || x == SIDE - 1 || y == SIDE - 1;
            assertThat(mask[i]).as("%d, %d", x, y).isEqualTo(object[i] > 0 || border ? 1f : 0f);
        }
    }

    @Test
    void aSmallerModelGetsSmallerPicturesAndMasksThatCoverAsMuch() throws IOException {
        EditTask task = read(64).get(0);
        assertThat(task.job().picture().shape()).containsExactly(1, 3, 64, 64);
        float[] object = new ScenePainter(64).mask(drawn.before());
        for (int i = 0; i < object.length; i++) {
            if (object[i] > 0.1) {
                assertThat(task.editable()[i]).isEqualTo(1);
            }
        }
        assertThat(task.editable()[0]).isEqualTo(1);
        assertThat(RunLengthMask.resized(new float[] {0, 0, 0, 1}, 2, 4))
                .containsExactly(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 1, 1);
    }

    @Test
    void runsThatLeadBeyondTheEndAreCutThere() {
        assertThat(RunLengthMask.decode(List.of(12, 100), 5)[24]).isEqualTo(1);
        assertThat(RunLengthMask.decode(List.of(12, 1), 5)).contains(1, org.assertj.core.data.Index.atIndex(12));
        assertThat(RunLengthMask.decode(List.of(), 5)[12]).isZero();
    }

    @Test
    void saysWhatIsBroken() throws IOException {
        assertThatThrownBy(() -> PieBench.read(folder.resolve("none"), SIDE, 1))
                .hasMessageContaining("mapping_file.json");
        Map<String, Object> entry = Objects.requireNonNull(entries.get("000000000001"));
        Object path = Objects.requireNonNull(entry.put("image_path", "../../outside.jpg"));
        assertThatThrownBy(() -> read(SIDE)).hasMessageContaining("leads out of the folder");
        entry.put("image_path", "missing.jpg");
        assertThatThrownBy(() -> read(SIDE)).hasMessageContaining("entry 000000000001: there is no");
        entry.put("image_path", path);
        entry.put("mask", List.of(1, 2, 3));
        assertThatThrownBy(() -> read(SIDE)).hasMessageContaining("come in pairs");
        entry.put("mask", List.of(300000, 2));
        assertThatThrownBy(() -> read(SIDE)).hasMessageContaining("does not lie in a mask of 512 x 512");
        entry.remove("mask");
        assertThatThrownBy(() -> read(SIDE))
                .isInstanceOf(ImportException.class)
                .hasMessageContaining("is no mapping file");
        entry.put("mask", List.of());
        BufferedImage small = new BufferedImage(64, 64, BufferedImage.TYPE_INT_RGB);
        ImageIO.write(
                small, "png", folder.resolve("annotation_images/small.png").toFile());
        entry.put("image_path", "small.png");
        assertThatThrownBy(() -> read(SIDE)).hasMessageContaining("has 64 x 64 pixels; masks are for 512 x 512");
    }
}
