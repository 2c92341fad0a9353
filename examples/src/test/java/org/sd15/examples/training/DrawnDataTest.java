package org.sd15.examples.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.examples.shapes.Scene;
import org.sd15.examples.shapes.SceneGenerator;
import org.sd15.examples.shapes.ScenePainter;
import org.sd15.pipeline.training.data.BadData;
import org.sd15.pipeline.training.data.PictureFolder;

/** What the trainings draw to learn from, and how they measure what they have learnt. */
class DrawnDataTest {

    @TempDir
    private Path folder;

    @Test
    void aFolderOfBorderedShapesHasACaptionEachAndIsDrawnOnce() throws Exception {
        BorderedShapes.draw(folder, 3);
        PictureFolder pictures = PictureFolder.read(folder, BadData.FAIL);
        assertThat(pictures.pictures()).hasSize(3).allSatisfy(picture -> {
            assertThat(picture.file()).exists();
            assertThat(picture.captions().get(0)).startsWith("a ").doesNotContain("border");
        });
        byte[] before = Files.readAllBytes(folder.resolve("metadata.jsonl"));
        BorderedShapes.draw(folder, 5);
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
        }
    }
}
