package org.sd15.shapes.pictograms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.testing.shapes.DrawnSprites;

class PictogramSceneTest {

    private static final int SIDE = PictogramScene.SIDE;
    private static final Pictogram SQUARE = DrawnSprites.square("blue book", Color.BLUE);
    private static final Pictogram DISC = DrawnSprites.disc("cherry", Color.RED);

    private static PictogramScene scene(Thing... things) {
        return new PictogramScene(List.of(things), Backdrop.BROWN, "");
    }

    private static double sum(float... values) {
        return IntStream.range(0, values.length).mapToDouble(i -> values[i]).sum();
    }

    private static int[] pixel(INDArray picture, int x, int y) {
        return IntStream.range(0, 3)
                .map(c -> (int) Math.round(255 * picture.getDouble(0, c, y, x)))
                .toArray();
    }

    @Test
    void aPictureHasTheColoursOfItsThingsAndOfItsBackground() {
        INDArray picture = scene(new Thing(SQUARE, 10, 20, 30), new Thing(DISC, 30, 30, 20))
                .picture();
        assertThat(picture.shape()).containsExactly(1, 3, SIDE, SIDE);
        assertThat(pixel(picture, 9, 20)).containsExactly(130, 90, 60);
        assertThat(pixel(picture, 10, 19)).containsExactly(130, 90, 60);
        assertThat(pixel(picture, 10, 20)).containsExactly(0, 0, 255);
        assertThat(pixel(picture, 40, 40)).containsExactly(255, 0, 0);
        assertThat(pixel(picture, 30, 30)).containsExactly(0, 0, 255);
        assertThat(pixel(picture, 50, 50)).containsExactly(130, 90, 60);
    }

    @Test
    void aMaskIsOneWhereItsThingCoversThePixelsAndNowhereElse() {
        float[] mask = scene(new Thing(SQUARE, 3, 40, 24)).mask(0);
        for (int i = 0; i < mask.length; i++) {
            int x = i % SIDE;
            int y = i / SIDE;
            assertThat(mask[i]).isEqualTo(x >= 3 && x < 27 && y >= 40 ? 1f : 0f);
        }
    }

    /** A disc of 56 of 64 pixels across, whatever it is scaled to. */
    @ParameterizedTest
    @CsvSource({"26", "36", "50", "64"})
    void aMaskHasTheAreaOfItsThing(int side) {
        double radius = side * 28 / 64.0;
        double area = Math.PI * radius * radius;
        assertThat(sum(scene(new Thing(DISC, 0, 0, side)).mask(0))).isCloseTo(area, within(0.01 * area));
    }

    /** Of a thing of one colour, a pixel is the mask's mixture of it and of what is behind it: no fringes. */
    @Test
    void onAnEdgeThePictureIsTheMixtureThatTheMaskSays() {
        PictogramScene scene = scene(new Thing(DISC, 8, 9, 41));
        INDArray picture = scene.picture();
        float[] mask = scene.mask(0);
        float[] behind = Backdrop.BROWN.color();
        boolean soft = false;
        for (int i = 0; i < mask.length; i++) {
            soft |= mask[i] > 0.2 && mask[i] < 0.8;
            double red = mask[i] + (1 - mask[i]) * behind[0];
            double green = (1 - mask[i]) * behind[1];
            assertThat(picture.getDouble(0, 0, i / SIDE, i % SIDE)).isCloseTo(red, within(1e-5));
            assertThat(picture.getDouble(0, 1, i / SIDE, i % SIDE)).isCloseTo(green, within(1e-5));
        }
        assertThat(soft).isTrue();
    }

    @Test
    void whatIsInFrontIsNotInTheMaskOfWhatIsBehind() {
        PictogramScene scene = scene(new Thing(SQUARE, 0, 0, 32), new Thing(SQUARE, 16, 0, 32));
        assertThat(sum(scene.mask(0))).isEqualTo(16 * 32);
        assertThat(sum(scene.mask(1))).isEqualTo(32 * 32);
    }

    @Test
    void aThingMayBeReplacedByAnotherInItsPlace() {
        Thing square = new Thing(SQUARE, 1, 2, 30);
        assertThat(square.as(DISC)).isEqualTo(new Thing(DISC, 1, 2, 30));
    }

    @Test
    void aPictogramThatIsNotSquareOrShowsNothingIsRefused() {
        var wide = new BufferedImage(20, 10, BufferedImage.TYPE_INT_ARGB);
        assertThatThrownBy(() -> new Pictogram("flag", wide)).hasMessageContaining("\"flag\" has 20x10 pixels");
        var empty = new BufferedImage(20, 20, BufferedImage.TYPE_INT_ARGB);
        assertThatThrownBy(() -> new Pictogram("ghost", empty)).hasMessageContaining("\"ghost\" shows nothing");
    }

    /** Half as white as white, half as black as black: it stands out from either, and from the gray between them. */
    @Test
    void contrastIsThatOfThePixelsAndNotOfTheirMean() {
        BufferedImage image = DrawnSprites.image(new Color(246, 246, 246), false);
        for (int i = 0; i < 64 * 32; i++) {
            image.setRGB(i % 64, i / 64, new Color(24, 24, 24).getRGB());
        }
        Pictogram panda = new Pictogram("panda", image);
        double far = Math.sqrt(3) * (246 - 24) / 255;
        assertThat(panda.contrast(Backdrop.WHITE)).isCloseTo(far / Math.sqrt(2), within(1e-4));
        assertThat(panda.contrast(Backdrop.BLACK)).isCloseTo(far / Math.sqrt(2), within(1e-4));
        assertThat(panda.contrast(Backdrop.GRAY)).isGreaterThan(0.7);
    }
}
