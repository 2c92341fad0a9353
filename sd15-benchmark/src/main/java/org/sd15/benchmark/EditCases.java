package org.sd15.benchmark;

import java.util.ArrayList;
import java.util.List;
import org.sd15.shapes.Backdrop;
import org.sd15.shapes.Scene;
import org.sd15.shapes.SceneGenerator;
import org.sd15.shapes.ShapeColor;
import org.sd15.shapes.ShapeKind;
import org.sd15.shapes.ShapeObject;

/** Draws the tasks of the benchmark. A seed gives the same tasks; those of another seed serve to choose settings. */
public final class EditCases {

    private final SceneGenerator generator;

    private EditCases(long seed) {
        generator = new SceneGenerator(seed);
    }

    /** A given number of tasks, all kinds in turn; every second round of colours, shapes and backgrounds is on two objects. */
    public static List<EditCase> of(long seed, int count) {
        var cases = new EditCases(seed);
        List<EditCase> drawn = new ArrayList<>();
        EditKind[] kinds = EditKind.values();
        for (int i = 0; i < count; i++) {
            drawn.add(cases.draw(kinds[i % kinds.length], i / kinds.length % 2 == 1));
        }
        return drawn;
    }

    private EditCase draw(EditKind kind, boolean pair) {
        return switch (kind) {
            case COLOR -> color(scene(pair));
            case SHAPE -> shape(scene(pair));
            case BACKGROUND -> background(scene(pair));
            case ADD -> reversed(remove(generator.pair()));
            case REMOVE -> remove(generator.pair());
        };
    }

    private Scene scene(boolean pair) {
        return pair ? generator.pair() : generator.single();
    }

    private EditCase color(Scene scene) {
        ShapeObject object = scene.objects().get(0);
        ShapeColor other = object.color();
        while (isTaken(scene, other)) {
            other = generator.another(ShapeColor.values(), object.color());
        }
        return changed(EditKind.COLOR, scene, object.in(other), object.color().word(), other.word());
    }

    private static boolean isTaken(Scene scene, ShapeColor color) {
        return scene.objects().stream().anyMatch(object -> object.color() == color);
    }

    private EditCase shape(Scene scene) {
        ShapeObject object = scene.objects().get(0);
        ShapeKind other = object.kind();
        while (isTaken(scene, other)) {
            other = generator.another(ShapeKind.values(), object.kind());
        }
        return changed(EditKind.SHAPE, scene, object.as(other), object.kind().word(), other.word());
    }

    private static boolean isTaken(Scene scene, ShapeKind kind) {
        return scene.objects().stream().anyMatch(object -> object.kind() == kind);
    }

    /** The first object becomes another, and the first such word of the caption with it. */
    private static EditCase changed(EditKind kind, Scene scene, ShapeObject after, String from, String to) {
        ShapeObject before = scene.objects().get(0);
        List<ShapeObject> objects = new ArrayList<>(scene.objects());
        objects.set(0, after);
        var target = new Scene(objects, scene.backdrop(), scene.caption().replaceFirst("\\b" + from + "\\b", to));
        return new EditCase(kind, scene, target, before, after, from, to);
    }

    private EditCase background(Scene scene) {
        Backdrop other = generator.another(Backdrop.values(), scene.backdrop());
        String from = scene.backdrop().word();
        var target = new Scene(
                scene.objects(), other, scene.caption().replace(from + " background", other.word() + " background"));
        ShapeObject any = scene.objects().get(0);
        return new EditCase(EditKind.BACKGROUND, scene, target, any, any, from, other.word());
    }

    /** The second of two objects goes. */
    private static EditCase remove(Scene scene) {
        ShapeObject stays = scene.objects().get(0);
        ShapeObject goes = scene.objects().get(1);
        String caption = "a %s on a %s background"
                .formatted(stays.phrase(), scene.backdrop().word());
        var target = new Scene(List.of(stays), scene.backdrop(), caption);
        return new EditCase(
                EditKind.REMOVE,
                scene,
                target,
                goes,
                goes,
                goes.kind().word(),
                stays.kind().word());
    }

    private static EditCase reversed(EditCase removal) {
        return new EditCase(
                EditKind.ADD,
                removal.target(),
                removal.source(),
                removal.after(),
                removal.before(),
                removal.targetWord(),
                removal.sourceWord());
    }
}
