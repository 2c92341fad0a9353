package org.sd15.shapes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.ndarray.INDArray;

class ScenesTest {

    private static final int SIDE = 64;
    private static final ScenePainter PAINTER = new ScenePainter(SIDE);

    /** Areas of the outlines in units of the radius squared; the heart's is 180 pi / 256, Green's theorem. */
    @ParameterizedTest
    @CsvSource({
        "CIRCLE, 3.141593",
        "SQUARE, 3.24",
        "TRIANGLE, 1.6625",
        "STAR, 1.234349",
        "HEART, 2.208932",
        "CROSS, 2.1216"
    })
    void aMaskHasTheAreaOfItsShape(ShapeKind kind, double area) {
        double radius = 0.3 * SIDE;
        float[] mask = PAINTER.mask(new ShapeObject(kind, ShapeColor.RED, 0.5, 0.5, 0.3));
        double sum = IntStream.range(0, mask.length).mapToDouble(i -> mask[i]).sum();
        assertThat(sum).isCloseTo(area * radius * radius, within(0.01 * area * radius * radius));
    }

    @Test
    void aMaskLiesWhereItsShapeDoes() {
        float[] mask = PAINTER.mask(new ShapeObject(ShapeKind.CIRCLE, ShapeColor.RED, 0.25, 0.6, 0.1));
        double total = 0;
        double x = 0;
        double y = 0;
        for (int i = 0; i < mask.length; i++) {
            total += mask[i];
            x += mask[i] * (i % SIDE + 0.5);
            y += mask[i] * (i / SIDE + 0.5);
        }
        assertThat(x / total / SIDE).isCloseTo(0.25, within(1e-3));
        assertThat(y / total / SIDE).isCloseTo(0.6, within(1e-3));
    }

    @Test
    void aPictureHasTheColoursOfItsScene() {
        var behind = new ShapeObject(ShapeKind.SQUARE, ShapeColor.BLUE, 0.5, 0.5, 0.4);
        var inFront = new ShapeObject(ShapeKind.CIRCLE, ShapeColor.YELLOW, 0.5, 0.5, 0.2);
        INDArray picture = PAINTER.paint(new Scene(List.of(behind, inFront), Backdrop.BROWN, ""));
        assertThat(pixel(picture, 1, 1)).containsExactly(120, 80, 50);
        assertThat(pixel(picture, 12, 32)).containsExactly(38, 84, 200);
        assertThat(pixel(picture, 32, 32)).containsExactly(240, 200, 40);
    }

    private static int[] pixel(INDArray picture, int x, int y) {
        return IntStream.range(0, 3)
                .map(c -> (int) Math.round(255 * picture.getDouble(0, c, y, x)))
                .toArray();
    }

    @Test
    void aSeedGivesTheSameScenesAndAnotherOthers() {
        assertThat(scenes(3)).isEqualTo(scenes(3)).isNotEqualTo(scenes(4));
    }

    private static List<Scene> scenes(long seed) {
        var generator = new SceneGenerator(seed);
        return IntStream.range(0, 20)
                .mapToObj(i -> i % 2 == 0 ? generator.single() : generator.pair())
                .toList();
    }

    @Test
    void pairsDifferDoNotTouchAndLieAsTheirCaptionSays() {
        var generator = new SceneGenerator(5);
        for (int i = 0; i < 50; i++) {
            Scene scene = generator.pair();
            ShapeObject first = scene.objects().get(0);
            ShapeObject second = scene.objects().get(1);
            assertThat(first.kind()).isNotEqualTo(second.kind());
            assertThat(first.color()).isNotEqualTo(second.color());
            float[] a = PAINTER.mask(first);
            float[] b = PAINTER.mask(second);
            assertThat(IntStream.range(0, a.length).filter(p -> a[p] > 0 && b[p] > 0))
                    .isEmpty();
            assertThat(first.x() < second.x() - 0.3).isEqualTo(scene.caption().contains("left of"));
            assertThat(first.y() < second.y() - 0.3).isEqualTo(scene.caption().contains("above"));
            assertThat(first.y() > second.y() + 0.3).isEqualTo(scene.caption().contains("below"));
        }
    }

    /** The grammar of the model card. */
    @Test
    void captionsAreInTheLanguageOfTheEmbeddedModel() {
        String object = "(red|green|blue|yellow|pink|cyan|purple|orange) (circle|square|triangle|star|heart|cross)";
        String caption =
                "a (small |large )?%s( (left of|right of|above|below) a %s)? on a (white|gray|black|brown) background"
                        .formatted(object, object);
        assertThat(scenes(6)).allMatch(scene -> scene.caption().matches(caption));
    }
}
