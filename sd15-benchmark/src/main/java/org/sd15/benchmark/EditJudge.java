package org.sd15.benchmark;

import java.awt.Color;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.shapes.Backdrop;
import org.sd15.shapes.ScenePainter;
import org.sd15.shapes.ShapeColor;
import org.sd15.shapes.ShapeObject;

/**
 * Says whether an edit did what was asked for: whether the picture shows the target scene, and nothing else. A drawing of the
 * target scene always passes, an unchanged picture never does. A pixel counts as of a colour if none is much nearer, as the
 * edges of things are soft and autoencoders shift hues.
 *
 * <ul>
 *   <li>every object of the target is there: its shape covers what is there with an intersection over union of at least 0.7,
 *       up to small shifts and changes of size, and better than each of the five other shapes; inside of its edge, the mean and
 *       three quarters of the pixels are of its colour, of the eight and the background's;
 *   <li>the background is: away from the objects, the mean and nine tenths of the pixels are of its colour;
 *   <li>there is no other thing: no connected patch of another colour is larger than a fifth of the edited object;
 *   <li>what was to be removed is gone: the mean and nine tenths of the pixels of its place are the background's.
 * </ul>
 *
 * @param painter paints scenes in the size of the pictures
 */
public record EditJudge(ScenePainter painter) {

    private static final double OUTLINE = 0.7;
    private static final double FILLED = 0.75;
    private static final double GONE = 0.9;
    private static final double OTHER_THING = 0.2;

    /** Around an object, what may be of neither colour: its edge, and what {@link OutlineFit} lets it move. */
    private static final double EDGE = 1 / 16.0;

    /** Whether a picture {@code [1, 3, side, side]} is what the case asks for. */
    public boolean succeeds(EditCase task, INDArray picture) {
        var pixels = PixelColors.of(picture);
        boolean[] background = away(task.target().objects());
        return isBehind(task, pixels, background)
                && !hasOtherThing(task, pixels, background)
                && (task.kind() != EditKind.REMOVE || isGone(task, pixels))
                && task.target().objects().stream().allMatch(object -> isThere(object, task, pixels));
    }

    private boolean isThere(ShapeObject object, EditCase task, PixelColors pixels) {
        List<ShapeObject> others = new ArrayList<>(task.target().objects());
        others.remove(object);
        Color behind = task.target().backdrop().color();
        OutlineFit fit = new OutlineFit(painter.side(), object, pixels, behind, away(others));
        List<Color> known = known(task);
        boolean[] inside = Patches.shrunk(fit.inside(), painter.side(), 1);
        return fit.overlap() >= OUTLINE
                && pixels.isMostly(object.color().color(), known, inside, FILLED)
                && fit.isOfItsKind();
    }

    /** Whether the background is as asked; of all backgrounds, if that is what was asked for. */
    private static boolean isBehind(EditCase task, PixelColors pixels, boolean[] background) {
        List<Color> backdrops =
                Stream.of(Backdrop.values()).map(Backdrop::color).toList();
        return pixels.isMostly(task.target().backdrop().color(), backdrops, background, GONE);
    }

    /** Whether something lies on the background that the target does not have. */
    private boolean hasOtherThing(EditCase task, PixelColors pixels, boolean[] background) {
        boolean[] other = pixels.where(task.target().backdrop().color(), known(task));
        for (int i = 0; i < other.length; i++) {
            other[i] = background[i] && !other[i];
        }
        int area = count(OutlineFit.covered(task.after(), painter.side()));
        return Patches.largest(other, painter.side()) > OTHER_THING * area;
    }

    private boolean isGone(EditCase task, PixelColors pixels) {
        float[] mask = painter.mask(task.before());
        boolean[] place = new boolean[mask.length];
        for (int i = 0; i < mask.length; i++) {
            place[i] = mask[i] == 1;
        }
        return pixels.isMostly(task.target().backdrop().color(), known(task), place, GONE);
    }

    private static List<Color> known(EditCase task) {
        return Stream.concat(
                        Stream.of(ShapeColor.values()).map(ShapeColor::color),
                        Stream.of(task.target().backdrop().color()))
                .toList();
    }

    /** Pixels that lie away from some objects, their edges included. */
    private boolean[] away(List<ShapeObject> objects) {
        boolean[] away = new boolean[painter.side() * painter.side()];
        Arrays.fill(away, true);
        int edge = (int) Math.ceil(EDGE * painter.side());
        for (ShapeObject object : objects) {
            boolean[] near = Patches.grown(OutlineFit.covered(object, painter.side()), painter.side(), edge);
            for (int i = 0; i < away.length; i++) {
                away[i] &= !near[i];
            }
        }
        return away;
    }

    private static int count(boolean[] pixels) {
        int count = 0;
        for (boolean pixel : pixels) {
            count += pixel ? 1 : 0;
        }
        return count;
    }
}
