package org.sd15.benchmark;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.shapes.Backdrop;
import org.sd15.shapes.EmbeddedModel;
import org.sd15.shapes.Scene;
import org.sd15.shapes.ScenePainter;
import org.sd15.shapes.ShapeColor;
import org.sd15.shapes.ShapeKind;
import org.sd15.shapes.ShapeObject;

/** Pictures that are visibly not what was asked for, drawn for all sixty cases of the benchmark: the judge passes none of them. */
class WrongEditsTest {

    private static final int SIDE = 64;
    private static final ScenePainter PAINTER = new ScenePainter(SIDE);
    private static final EditJudge JUDGE = new EditJudge(PAINTER);
    private static final List<EditCase> CASES = EditCases.of(606, 60);

    private static boolean succeeds(EditCase task, List<ShapeObject> objects) {
        return JUDGE.succeeds(task, painted(task, objects));
    }

    private static INDArray painted(EditCase task, List<ShapeObject> objects) {
        return PAINTER.paint(
                new Scene(objects, task.target().backdrop(), task.target().caption()));
    }

    private static List<ShapeObject> with(EditCase task, ShapeObject of, ShapeObject instead) {
        return task.target().objects().stream()
                .map(object -> object.equals(of) ? instead : object)
                .toList();
    }

    @Test
    void anyObjectInAnotherColourFails() {
        for (EditCase task : CASES) {
            for (ShapeObject object : task.target().objects()) {
                for (ShapeColor color : ShapeColor.values()) {
                    assertThat(succeeds(task, with(task, object, object.in(color))))
                            .as("%s, %s in %s", task, object.phrase(), color)
                            .isEqualTo(color == object.color());
                }
            }
        }
    }

    @Test
    void anyObjectOfAnotherShapeFails() {
        for (EditCase task : CASES) {
            for (ShapeObject object : task.target().objects()) {
                for (ShapeKind kind : ShapeKind.values()) {
                    assertThat(succeeds(task, with(task, object, object.as(kind))))
                            .as("%s, %s as %s", task, object.phrase(), kind)
                            .isEqualTo(kind == object.kind());
                }
            }
        }
    }

    @Test
    void anyObjectThatVanishedFails() {
        for (EditCase task : CASES) {
            for (ShapeObject object : task.target().objects()) {
                List<ShapeObject> left = new ArrayList<>(task.target().objects());
                left.remove(object);
                assertThat(succeeds(task, left))
                        .as("%s without %s", task, object)
                        .isFalse();
            }
        }
    }

    @Test
    void anyObjectMoreFails() {
        for (EditCase task : CASES) {
            ShapeObject more = more(task);
            List<ShapeObject> all = new ArrayList<>(task.target().objects());
            all.add(more);
            assertThat(succeeds(task, all)).as("%s and %s", task, more).isFalse();
        }
    }

    /** A thing of two thirds of the edited one's size, in the corner that is farthest from all others. */
    private static ShapeObject more(EditCase task) {
        double radius = 0.66 * task.after().radius();
        Comparator<ShapeObject> apart = Comparator.comparingDouble(corner -> task.target().objects().stream()
                .mapToDouble(object -> Math.hypot(object.x() - corner.x(), object.y() - corner.y()) - object.radius())
                .min()
                .orElseThrow());
        return Stream.of(0.2, 0.8)
                .flatMap(x -> Stream.of(0.2, 0.8)
                        .map(y -> new ShapeObject(ShapeKind.CIRCLE, task.after().color(), x, y, radius)))
                .max(apart)
                .orElseThrow();
    }

    /** A board of squares, 4 pixels wide, of object and background in turn, wherever the edited object and its edge are. */
    @Test
    void aRaggedObjectFails() {
        for (EditCase task : CASES) {
            if (task.kind() == EditKind.REMOVE) {
                continue;
            }
            boolean[] place = Patches.grown(OutlineFit.covered(task.after(), SIDE), SIDE, 4);
            INDArray picture = PAINTER.paint(task.target());
            for (int i = 0; i < place.length; i++) {
                if (place[i]) {
                    boolean object = (i % SIDE / 4 + i / SIDE / 4) % 2 == 0;
                    put(
                            picture,
                            i,
                            object
                                    ? task.after().color().color()
                                    : task.target().backdrop().color());
                }
            }
            assertThat(JUDGE.succeeds(task, picture)).as(task.toString()).isFalse();
        }
    }

    private static void put(INDArray picture, int pixel, java.awt.Color color) {
        float[] rgb = color.getRGBColorComponents(null);
        for (int c = 0; c < 3; c++) {
            picture.putScalar(new int[] {0, c, pixel / SIDE, pixel % SIDE}, rgb[c]);
        }
    }

    private static EditCase swap(Scene source, ShapeObject before, ShapeObject after, EditKind kind) {
        var target = new Scene(List.of(after), Backdrop.BLACK, "a %s on a black background".formatted(after.phrase()));
        return new EditCase(kind, source, target, before, after, "", "");
    }

    private static final ShapeObject CROSS = new ShapeObject(ShapeKind.CROSS, ShapeColor.YELLOW, 0.5, 0.5, 0.22);

    @Test
    void aBlueShieldIsNoPurpleSquare() {
        ShapeObject square = new ShapeObject(ShapeKind.SQUARE, ShapeColor.PURPLE, 0.5, 0.5, 0.22);
        ShapeObject star = square.as(ShapeKind.STAR);
        EditCase task = swap(
                new Scene(List.of(star), Backdrop.BLACK, "a purple star on a black background"),
                star,
                square,
                EditKind.SHAPE);
        assertThat(JUDGE.succeeds(task, shield(ShapeColor.PURPLE, 0))).isTrue();
        assertThat(JUDGE.succeeds(task, shield(ShapeColor.BLUE, 0))).isFalse();
        assertThat(JUDGE.succeeds(task, shield(ShapeColor.BLUE, 1))).isFalse();
        assertThat(JUDGE.succeeds(task, shield(ShapeColor.PURPLE, 1))).isFalse();
    }

    /** A square whose lower half runs to a point, more or less. */
    private static INDArray shield(ShapeColor color, double pointed) {
        INDArray picture = PAINTER.paint(new Scene(List.of(), Backdrop.BLACK, ""));
        double half = 0.9 * 0.22 * SIDE;
        for (int i = 0; i < SIDE * SIDE; i++) {
            double x = (i % SIDE + 0.5 - 32) / half;
            double y = (i / SIDE + 0.5 - 32) / half;
            if (Math.abs(y) < 1 && Math.abs(x) < 1 - pointed * Math.max(0, y)) {
                put(picture, i, color.color());
            }
        }
        return picture;
    }

    @ParameterizedTest
    @CsvSource({"COLOR, RED, WHITE", "BACKGROUND, YELLOW, WHITE"})
    void aCrossThatVanishedIsNoYellowCrossOnBlack(EditKind kind, ShapeColor color, Backdrop behind) {
        Scene source = new Scene(List.of(CROSS.in(color)), behind, "");
        EditCase task = swap(source, CROSS.in(color), CROSS, kind);
        assertThat(succeeds(task, List.of(CROSS))).isTrue();
        assertThat(succeeds(task, List.of())).isFalse();
    }

    /** A patch of exactly a fifth of the object may be there, one pixel more may not. */
    @Test
    void anotherThingBeginsAtAFifthOfTheObject() {
        EditCase task = swap(new Scene(List.of(), Backdrop.BLACK, ""), CROSS, CROSS, EditKind.COLOR);
        boolean[] covered = OutlineFit.covered(CROSS, SIDE);
        int allowed =
                (int) IntStream.range(0, covered.length).filter(i -> covered[i]).count() / 5;
        INDArray picture = PAINTER.paint(task.target());
        for (int i = 0; i <= allowed; i++) {
            assertThat(JUDGE.succeeds(task, picture)).as("%d pixels", i).isTrue();
            put(picture, i / 12 * SIDE + i % 12, java.awt.Color.RED);
        }
        assertThat(JUDGE.succeeds(task, picture)).isFalse();
    }

    /** A quarter of the object, without its edge, may be of another colour that is no background; one pixel more may not. */
    @Test
    void threeQuartersOfAnObjectHaveItsColour() {
        EditCase task = swap(new Scene(List.of(), Backdrop.BLACK, ""), CROSS, CROSS, EditKind.COLOR);
        boolean[] inside = Patches.shrunk(OutlineFit.covered(CROSS, SIDE), SIDE, 1);
        int[] place = IntStream.range(0, inside.length).filter(i -> inside[i]).toArray();
        INDArray picture = PAINTER.paint(task.target());
        for (int i = 0; i <= place.length / 4; i++) {
            assertThat(JUDGE.succeeds(task, picture)).as("%d pixels", i).isTrue();
            put(picture, place[i], ShapeColor.ORANGE.color());
        }
        assertThat(JUDGE.succeeds(task, picture)).isFalse();
    }

    /** A fifth of the pixels show another background, spread so thin that they are no thing. */
    @Test
    void aBackgroundOfSpecksFails() {
        for (EditCase task : CASES) {
            INDArray picture = PAINTER.paint(task.target());
            INDArray other = PAINTER.paint(new Scene(
                    task.target().objects(),
                    task.target().backdrop() == Backdrop.GRAY ? Backdrop.BROWN : Backdrop.GRAY,
                    ""));
            for (int i = 0; i < SIDE * SIDE; i += 5) {
                for (int c = 0; c < 3; c++) {
                    picture.data().put(c * SIDE * SIDE + i, other.data().getDouble(c * SIDE * SIDE + i));
                }
            }
            assertThat(JUDGE.succeeds(task, picture)).as(task.toString()).isFalse();
        }
    }

    /**
     * The judge asks for hardly anything that the model's autoencoder can't show: of 60 ideal edits that went through it, 57
     * succeed. In the three others, an orange thing on gray or brown comes back in another colour.
     */
    @Test
    void theIdealEditSucceedsThroughTheAutoencoder() throws IOException {
        try (StableDiffusion model = StableDiffusion.load(EmbeddedModel.folder())) {
            List<Integer> failed = IntStream.range(0, CASES.size())
                    .filter(i -> !JUDGE.succeeds(
                            CASES.get(i),
                            through(model, PAINTER.paint(CASES.get(i).target()))))
                    .boxed()
                    .toList();
            assertThat(failed).containsExactly(27, 28, 35);
        }
    }

    private static INDArray through(StableDiffusion model, INDArray picture) {
        return model.decode(
                model.vae().scale(model.vae().encodePictures(picture).mode()));
    }
}
