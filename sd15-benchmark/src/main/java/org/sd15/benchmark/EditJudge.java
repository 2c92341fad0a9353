package org.sd15.benchmark;

import java.awt.Color;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.shapes.Backdrop;
import org.sd15.shapes.ScenePainter;
import org.sd15.shapes.ShapeColor;
import org.sd15.shapes.ShapeKind;
import org.sd15.shapes.ShapeObject;

/**
 * Says whether an edit did what was asked for. A drawing of the target scene always passes, an unchanged picture never does.
 *
 * <ul>
 *   <li>a colour: the mean inside the object is nearest to the asked one of the eight;
 *   <li>a shape: of the six shapes, at about the same place and size, the asked one overlaps best with what is there;
 *   <li>a background: the mean outside of all objects is nearest to the asked one of the four;
 *   <li>an object more: the mean where it should be is nearest to its colour, of the eight and the background's;
 *   <li>an object less: the mean where it was is nearest to the background, and so are nearly all of its pixels.
 * </ul>
 *
 * @param painter paints scenes in the size of the pictures
 */
public record EditJudge(ScenePainter painter) {

    private static final double NEIGHBOURHOOD = 1.6;
    private static final double GONE = 0.9;
    private static final double[] SHIFTS = {-0.04, 0, 0.04};
    private static final double[] SCALES = {0.85, 1, 1.15};

    /** Whether a picture {@code [1, 3, side, side]} is what the case asks for. */
    public boolean succeeds(EditCase task, INDArray picture) {
        return switch (task.kind()) {
            case COLOR ->
                nearest(colours(), mean(picture, inside(task.after())))
                        .equals(task.after().color().color());
            case SHAPE -> shape(task, picture) == task.after().kind();
            case BACKGROUND ->
                nearest(backdrops(), mean(picture, outside(task)))
                        .equals(task.target().backdrop().color());
            case ADD -> at(task, picture).equals(task.after().color().color());
            case REMOVE -> isGone(task, picture);
        };
    }

    /** Whether the background is where the object was: on the whole, and in nearly every pixel. */
    private boolean isGone(EditCase task, INDArray picture) {
        Color behind = task.target().backdrop().color();
        boolean[] place = inside(task.before());
        int pixels = 0;
        int gone = 0;
        for (int i = 0; i < place.length; i++) {
            if (place[i]) {
                pixels++;
                gone += nearest(known(task), pixel(picture, i)).equals(behind) ? 1 : 0;
            }
        }
        return at(task, picture).equals(behind) && gone >= GONE * pixels;
    }

    /** The colour at the object's place: one of the eight or the background's. */
    private Color at(EditCase task, INDArray picture) {
        return nearest(known(task), mean(picture, inside(task.after())));
    }

    private static List<Color> known(EditCase task) {
        return Stream.concat(
                        colours().stream(), Stream.of(task.target().backdrop().color()))
                .toList();
    }

    /** Pixels that lie wholly inside an object. */
    private boolean[] inside(ShapeObject object) {
        float[] mask = painter.mask(object);
        boolean[] inside = new boolean[mask.length];
        for (int i = 0; i < mask.length; i++) {
            inside[i] = mask[i] == 1;
        }
        return inside;
    }

    /** Pixels that no object touches. */
    private boolean[] outside(EditCase task) {
        boolean[] outside = new boolean[painter.side() * painter.side()];
        Arrays.fill(outside, true);
        for (ShapeObject object : task.target().objects()) {
            float[] mask = painter.mask(object);
            for (int i = 0; i < mask.length; i++) {
                outside[i] &= mask[i] == 0;
            }
        }
        return outside;
    }

    private static List<Color> colours() {
        return Stream.of(ShapeColor.values()).map(ShapeColor::color).toList();
    }

    private static List<Color> backdrops() {
        return Stream.of(Backdrop.values()).map(Backdrop::color).toList();
    }

    /** Red, green and blue, 0 to 255. */
    private static double[] mean(INDArray picture, boolean[] where) {
        double[] sum = new double[3];
        int count = 0;
        for (int i = 0; i < where.length; i++) {
            if (where[i]) {
                double[] pixel = pixel(picture, i);
                Arrays.setAll(sum, c -> sum[c] + pixel[c]);
                count++;
            }
        }
        double pixels = Math.max(1, count);
        return Arrays.stream(sum).map(value -> value / pixels).toArray();
    }

    private static double[] pixel(INDArray picture, int i) {
        long width = picture.size(3);
        double[] rgb = new double[3];
        Arrays.setAll(rgb, c -> 255 * picture.getDouble(0, c, i / width, i % width));
        return rgb;
    }

    private static Color nearest(Collection<Color> colours, double[] rgb) {
        return colours.stream()
                .min(Comparator.comparingDouble(color -> distance(color, rgb)))
                .orElseThrow();
    }

    private static double distance(Color color, double[] rgb) {
        return Math.pow(color.getRed() - rgb[0], 2)
                + Math.pow(color.getGreen() - rgb[1], 2)
                + Math.pow(color.getBlue() - rgb[2], 2);
    }

    /** The shape that overlaps best with what is not background around the object. */
    private ShapeKind shape(EditCase task, INDArray picture) {
        boolean[] there = foreground(task, picture);
        return Stream.of(ShapeKind.values())
                .max(Comparator.comparingDouble(
                        kind -> bestOverlap(task.before().as(kind), there)))
                .orElseThrow();
    }

    private boolean[] foreground(EditCase task, INDArray picture) {
        ShapeObject object = task.before();
        Color behind = task.source().backdrop().color();
        boolean[] there = new boolean[painter.side() * painter.side()];
        for (int i = 0; i < there.length; i++) {
            double dx = (i % painter.side() + 0.5) / painter.side() - object.x();
            double dy = (i / painter.side() + 0.5) / painter.side() - object.y();
            boolean near = Math.hypot(dx, dy) < NEIGHBOURHOOD * object.radius();
            double[] rgb = pixel(picture, i);
            there[i] = near && distance(object.color().color(), rgb) < distance(behind, rgb);
        }
        return there;
    }

    /** Intersection over union, best over small shifts and changes of size. */
    private double bestOverlap(ShapeObject object, boolean[] there) {
        double best = 0;
        for (double dx : SHIFTS) {
            for (double dy : SHIFTS) {
                for (double scale : SCALES) {
                    var moved = new ShapeObject(
                            object.kind(), object.color(), object.x() + dx, object.y() + dy, object.radius() * scale);
                    best = Math.max(best, overlap(painter.mask(moved), there));
                }
            }
        }
        return best;
    }

    private static double overlap(float[] mask, boolean[] there) {
        double both = 0;
        double any = 0;
        for (int i = 0; i < mask.length; i++) {
            double is = there[i] ? 1 : 0;
            both += Math.min(mask[i], is);
            any += Math.max(mask[i], is);
        }
        return any == 0 ? 0 : both / any;
    }
}
