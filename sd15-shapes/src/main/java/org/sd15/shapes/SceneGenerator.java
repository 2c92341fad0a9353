package org.sd15.shapes;

import java.util.List;
import java.util.Random;

/** Draws scenes at random: one or two shapes, as the embedded model has seen them. A seed gives the same scenes. */
public final class SceneGenerator {

    /** Sizes of a single shape, and the word for each. */
    private enum Size {
        SMALL("small ", 0.16),
        USUAL("", 0.22),
        LARGE("large ", 0.30);

        private final String word;
        private final double radius;

        Size(String word, double radius) {
            this.word = word;
            this.radius = radius;
        }
    }

    /** How the first of two shapes lies to the second. */
    private enum Relation {
        LEFT_OF("left of", -1, 0),
        RIGHT_OF("right of", 1, 0),
        ABOVE("above", 0, -1),
        BELOW("below", 0, 1);

        private final String words;
        private final int right;
        private final int down;

        Relation(String words, int right, int down) {
            this.words = words;
            this.right = right;
            this.down = down;
        }
    }

    private static final double HALF = 0.5;
    private static final double APART = 0.25;
    private static final double RADIUS_OF_TWO = 0.17;

    private final Random random;

    /** A generator of one sequence of scenes. */
    public SceneGenerator(long seed) {
        random = new Random(seed);
    }

    /**
     * One shape or two, as the embedded model has seen them: 45 of 100 have two, and every fourth caption does not say
     * the background.
     */
    public Scene any() {
        Scene scene = random.nextDouble() < 0.45 ? pair() : single();
        if (random.nextDouble() < 0.75) {
            return scene;
        }
        String caption = scene.caption();
        return new Scene(scene.objects(), scene.backdrop(), caption.substring(0, caption.lastIndexOf(" on a ")));
    }

    /** A shape somewhere near the middle. */
    public Scene single() {
        Size size = any(Size.values());
        double radius = size.radius * between(0.92, 1.08);
        var object = new ShapeObject(
                any(ShapeKind.values()), any(ShapeColor.values()), between(0.34, 0.66), between(0.34, 0.66), radius);
        Backdrop backdrop = any(Backdrop.values());
        return new Scene(
                List.of(object),
                backdrop,
                "a %s%s on a %s background".formatted(size.word, object.phrase(), backdrop.word()));
    }

    /** Two shapes of different colours and kinds, side by side or one above the other. */
    public Scene pair() {
        Relation relation = any(Relation.values());
        ShapeKind kind = any(ShapeKind.values());
        ShapeColor color = any(ShapeColor.values());
        ShapeObject first = placed(kind, color, relation.right, relation.down);
        ShapeObject second = placed(
                another(ShapeKind.values(), kind),
                another(ShapeColor.values(), color),
                -relation.right,
                -relation.down);
        Backdrop backdrop = any(Backdrop.values());
        return new Scene(
                List.of(first, second),
                backdrop,
                "a %s %s a %s on a %s background"
                        .formatted(first.phrase(), relation.words, second.phrase(), backdrop.word()));
    }

    private ShapeObject placed(ShapeKind kind, ShapeColor color, int right, int down) {
        double x = HALF + (right == 0 ? between(-0.1, 0.1) : right * (APART + between(-0.03, 0.03)));
        double y = HALF + (down == 0 ? between(-0.1, 0.1) : down * (APART + between(-0.03, 0.03)));
        return new ShapeObject(kind, color, x, y, RADIUS_OF_TWO * between(0.95, 1.1));
    }

    /** One of several. */
    public <T> T any(T[] values) {
        return values[random.nextInt(values.length)];
    }

    /** One of several, but not the given one. */
    public <T> T another(T[] values, T not) {
        T value = any(values);
        while (value.equals(not)) {
            value = any(values);
        }
        return value;
    }

    private double between(double low, double high) {
        return low + (high - low) * random.nextDouble();
    }
}
