package org.sd15.shapes.pictograms;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * An endless sequence of scenes, of which each is a function of the seed and of its number: no state, so a training
 * that goes on needs to know nothing but how many it has seen.
 */
public final class PictogramScenes {

    /** Sizes of a single thing, and the word for each; one in two has none. */
    private enum Size {
        USUAL("", 36),
        SMALL("small ", 26),
        LARGE("large ", 50);

        private final String word;
        private final int side;

        Size(String word, int side) {
            this.word = word;
            this.side = side;
        }
    }

    private static final int SIDE = PictogramScene.SIDE;
    private static final double PART_OF_PAIRS = 0.3;
    private static final double PART_THAT_SAYS_THE_BACKGROUND = 0.9;

    /** A thing that differs less from a background is not drawn on it. */
    private static final double LEAST_CONTRAST = 0.3;

    private static final double SIDE_OF_TWO = 27;
    private static final double FROM_THE_MIDDLE = 16;

    private final List<Pictogram> pictograms;
    private final long seed;

    /** Scenes of some pictograms, at least two. */
    public PictogramScenes(List<Pictogram> pictograms, long seed) {
        if (pictograms.size() < 2) {
            throw new IllegalArgumentException(
                    "scenes need at least 2 pictograms, not %d".formatted(pictograms.size()));
        }
        this.pictograms = List.copyOf(pictograms);
        this.seed = seed;
    }

    /** One thing, or, in three of ten, two; nine captions of ten say the background. */
    public PictogramScene any(long number) {
        Draw draw = new Draw(number);
        PictogramScene scene = draw.random.nextDouble() < PART_OF_PAIRS ? draw.pair() : draw.single();
        if (draw.random.nextDouble() < PART_THAT_SAYS_THE_BACKGROUND) {
            return scene;
        }
        String caption = scene.caption();
        return new PictogramScene(
                scene.things(), scene.backdrop(), caption.substring(0, caption.lastIndexOf(" on a ")));
    }

    /** One thing near the middle. */
    public PictogramScene single(long number) {
        return new Draw(number).single();
    }

    /** Two things, side by side or one above the other, which do not touch. */
    public PictogramScene pair(long number) {
        return new Draw(number).pair();
    }

    /** Four things close together, with no caption: more to see for an autoencoder that learns. */
    public PictogramScene crowd(long number) {
        return new Draw(number).crowd();
    }

    /** The draws of one scene. */
    private final class Draw {

        private final Random random;

        Draw(long number) {
            random = new Random(mixed(seed * 0x9E3779B97F4A7C15L + number));
        }

        PictogramScene single() {
            Size[] sizes = {Size.USUAL, Size.USUAL, Size.SMALL, Size.LARGE};
            Size size = sizes[random.nextInt(sizes.length)];
            Pictogram pictogram = any();
            Backdrop backdrop = behind(List.of(pictogram));
            int side = around(size.side, 0.06);
            String words = size.word + pictogram.name();
            return new PictogramScene(
                    List.of(new Thing(pictogram, place(side), place(side), side)),
                    backdrop,
                    "%s %s on a %s background".formatted(Pictogram.article(words), words, backdrop.word()));
        }

        /** Where a thing begins: its middle is up to 8 pixels off that of the picture, as far as it fits. */
        private int place(int side) {
            double room = Math.max(0, Math.min(8, (SIDE - side) / 2.0 - 2));
            return (int) Math.round((SIDE - side) / 2.0 + between(-room, room));
        }

        PictogramScene pair() {
            Pictogram first = any();
            Pictogram second = any();
            while (second == first) {
                second = any();
            }
            boolean beside = random.nextBoolean();
            Backdrop backdrop = behind(List.of(first, second));
            return new PictogramScene(
                    List.of(placed(first, beside, -1), placed(second, beside, 1)),
                    backdrop,
                    "%s %s %s on a %s background"
                            .formatted(
                                    first.withArticle(),
                                    beside ? "left of" : "above",
                                    second.withArticle(),
                                    backdrop.word()));
        }

        private Thing placed(Pictogram pictogram, boolean beside, int direction) {
            int side = around(SIDE_OF_TWO, 0.05);
            double along = SIDE / 2.0 + direction * FROM_THE_MIDDLE + between(-1, 1);
            double across = SIDE / 2.0 + between(-6, 6);
            double half = side / 2.0;
            int far = direction < 0 ? SIDE / 2 - side : SIDE - side;
            int near = direction < 0 ? 0 : SIDE / 2;
            int start = Math.max(near, Math.min(far, (int) Math.round(along - half)));
            int other = (int) Math.round(across - half);
            return new Thing(pictogram, beside ? start : other, beside ? other : start, side);
        }

        PictogramScene crowd() {
            List<Thing> things = new ArrayList<>();
            List<Pictogram> shown = new ArrayList<>();
            int half = SIDE / 2;
            for (int i = 0; i < 4; i++) {
                int side = 24 + random.nextInt(half - 24 + 1);
                int room = half - side + 1;
                Pictogram pictogram = any();
                shown.add(pictogram);
                things.add(new Thing(
                        pictogram, i % 2 * half + random.nextInt(room), i / 2 * half + random.nextInt(room), side));
            }
            return new PictogramScene(things, behind(shown), "");
        }

        /** A background that the things stand out from; if there is none, one of all. */
        private Backdrop behind(List<Pictogram> things) {
            List<Backdrop> fitting = new ArrayList<>();
            for (Backdrop backdrop : Backdrop.values()) {
                if (things.stream().allMatch(thing -> thing.contrast(backdrop) >= LEAST_CONTRAST)) {
                    fitting.add(backdrop);
                }
            }
            List<Backdrop> from = fitting.isEmpty() ? List.of(Backdrop.values()) : fitting;
            return from.get(random.nextInt(from.size()));
        }

        private Pictogram any() {
            return pictograms.get(random.nextInt(pictograms.size()));
        }

        private int around(double side, double part) {
            return (int) Math.round(side * between(1 - part, 1 + part));
        }

        private double between(double low, double high) {
            return low + (high - low) * random.nextDouble();
        }
    }

    /** SplitMix64's finish: neighbours become strangers. */
    private static long mixed(long value) {
        long z = (value ^ value >>> 30) * 0xBF58476D1CE4E5B9L;
        z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
        return z ^ z >>> 31;
    }
}
