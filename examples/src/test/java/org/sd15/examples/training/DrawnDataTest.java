package org.sd15.examples.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.image.Pictures;
import org.sd15.pipeline.training.data.BadData;
import org.sd15.pipeline.training.data.PictureFolder;
import org.sd15.shapes.Backdrop;
import org.sd15.shapes.Scene;
import org.sd15.shapes.SceneGenerator;
import org.sd15.shapes.ScenePainter;
import org.sd15.shapes.ShapeColor;
import org.sd15.shapes.ShapeKind;
import org.sd15.shapes.ShapeObject;

/** What the trainings draw to learn from, and how they measure what they have learnt. */
class DrawnDataTest {

    @TempDir
    private Path folder;

    @Test
    void aFolderOfTwinsHasACaptionEachAndIsDrawnOnce() throws Exception {
        TwinShapes.draw(folder, 3);
        PictureFolder pictures = PictureFolder.read(folder, BadData.FAIL);
        assertThat(pictures.pictures()).hasSize(3).allSatisfy(picture -> {
            assertThat(picture.file()).exists();
            assertThat(picture.captions().get(0)).startsWith("a ").doesNotContain("two");
            INDArray drawn = Pictures.fromImage(ImageIO.read(picture.file().toFile()));
            assertThat(CountedShapes.in(drawn.slice(0))).isEqualTo(2);
        });
        byte[] before = Files.readAllBytes(folder.resolve("metadata.jsonl"));
        TwinShapes.draw(folder, 5);
        assertThat(Files.readAllBytes(folder.resolve("metadata.jsonl"))).isEqualTo(before);
    }

    /** Every single shape of forty drawings, whatever its place, kind and background. */
    @Test
    void theColourOfADrawnShapeIsSeen() {
        SceneGenerator generator = new SceneGenerator(1);
        for (int i = 0; i < 40; i++) {
            Scene scene = generator.single();
            INDArray picture = new ScenePainter(64).paint(scene).slice(0);
            assertThat(SeenColour.of(picture))
                    .as(scene.caption())
                    .isEqualTo(scene.objects().get(0).color());
            assertThat(SeenColour.behind(picture)).as(scene.caption()).isEqualTo(scene.backdrop());
            assertThat(CountedShapes.in(picture)).as(scene.caption()).isEqualTo(1);
        }
    }

    /** All but the rim, whose pixels are mixed with the background's colour, is the shape's; nothing is another's. */
    @Test
    void theShareOfAColourIsThatOfTheShapesPixels() {
        ShapeObject square = new ShapeObject(ShapeKind.SQUARE, ShapeColor.CYAN, 0.5, 0.5, 0.2);
        ShapeObject inside = new ShapeObject(ShapeKind.SQUARE, ShapeColor.RED, 0.5, 0.5, 0.1);
        INDArray picture = new ScenePainter(64)
                .paint(new Scene(List.of(square, inside), Backdrop.WHITE, "a square"))
                .slice(0);
        assertThat(SeenColour.share(picture, ShapeColor.RED)).isCloseTo(0.25, within(0.03));
        assertThat(SeenColour.share(picture, ShapeColor.CYAN)).isCloseTo(0.75, within(0.03));
        INDArray empty = new ScenePainter(64)
                .paint(new Scene(List.of(), Backdrop.WHITE, "nothing"))
                .slice(0);
        assertThat(SeenColour.share(empty, ShapeColor.RED)).isZero();
    }
}
