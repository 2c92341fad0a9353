package org.sd15.benchmark;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.sd15.benchmark.method.Job;
import org.sd15.shapes.Scene;
import org.sd15.shapes.ScenePainter;
import org.sd15.shapes.ShapeObject;

/** The cases that the project draws itself. */
public final class DrawnTasks {

    private DrawnTasks() {}

    /**
     * A given number of cases of a seed; see {@link EditCases}.
     *
     * @param side pixels on a side
     */
    public static List<EditTask> of(long seed, int count, int side) {
        var painter = new ScenePainter(side);
        List<EditTask> tasks = new ArrayList<>();
        for (EditCase drawn : EditCases.of(seed, count)) {
            tasks.add(task("%d-%02d".formatted(seed, tasks.size() + 1), drawn, painter));
        }
        return tasks;
    }

    private static EditTask task(String name, EditCase drawn, ScenePainter painter) {
        var judge = new EditJudge(painter);
        Job job = new Job(
                painter.paint(drawn.source()),
                drawn.source().caption(),
                drawn.target().caption(),
                drawn.sourceWord(),
                drawn.targetWord(),
                added(drawn),
                removed(drawn),
                instruction(drawn));
        return new EditTask(
                name,
                drawn.kind().name().toLowerCase(Locale.ROOT),
                job,
                drawn.editable(painter),
                wordMask(drawn, painter),
                painter.paint(drawn.target()),
                picture -> judge.succeeds(drawn, picture));
    }

    /** The object that the source word names; what is added is not there yet, its word is that of the other object. */
    private static float[] wordMask(EditCase drawn, ScenePainter painter) {
        return switch (drawn.kind()) {
            case BACKGROUND -> drawn.editable(painter);
            case ADD -> painter.mask(drawn.source().objects().get(0));
            default -> painter.mask(drawn.before());
        };
    }

    private static List<String> added(EditCase drawn) {
        return switch (drawn.kind()) {
            case BACKGROUND -> List.of(background(drawn.target()));
            case REMOVE -> List.of();
            default -> List.of("a " + drawn.after().phrase());
        };
    }

    private static List<String> removed(EditCase drawn) {
        return switch (drawn.kind()) {
            case BACKGROUND -> List.of(background(drawn.source()));
            case ADD -> List.of();
            default -> List.of("a " + drawn.before().phrase());
        };
    }

    private static String background(Scene scene) {
        return "a %s background".formatted(scene.backdrop().word());
    }

    private static String instruction(EditCase drawn) {
        ShapeObject before = drawn.before();
        ShapeObject after = drawn.after();
        return switch (drawn.kind()) {
            case COLOR ->
                "make the %s %s".formatted(before.phrase(), after.color().word());
            case SHAPE ->
                "turn the %s into a %s".formatted(before.phrase(), after.kind().word());
            case BACKGROUND ->
                "make the background %s".formatted(drawn.target().backdrop().word());
            case ADD -> "add a %s".formatted(after.phrase());
            case REMOVE -> "remove the %s".formatted(before.phrase());
        };
    }
}
