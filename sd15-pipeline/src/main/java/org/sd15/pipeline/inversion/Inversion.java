package org.sd15.pipeline.inversion;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * The way from the latents of one or several pictures to noise, with all that is needed to come back: a value that can be
 * saved ({@link InversionFile}), and edited any number of times.
 *
 * @param schedule the steps
 * @param source what was inverted
 * @param trajectory the latents of every level, the picture first, {@code [pictures, 4, h, w]} each
 * @param noiseMaps what a stochastic sampler must draw at each step to come back, in the order of drawing, {@code
 *     [pictures, 4, h, w]} each; or none
 * @param nullTexts the unconditional text states of each step, in the order of drawing, {@code [pictures, tokens,
 *     width]} each; or none
 */
public record Inversion(
        InversionSchedule schedule,
        Source source,
        List<INDArray> trajectory,
        List<INDArray> noiseMaps,
        List<INDArray> nullTexts) {

    /**
     * What was inverted.
     *
     * @param prompts what each picture shows
     * @param guidance the guidance towards the prompt under which the way was gone: 1 is the prompt alone, 0 no prompt
     * @param pictures values from 0 to 1, {@code [pictures, 3, H, W]}, or null if only latents were given
     * @param provenance remarks on where it comes from, by name
     */
    public record Source(
            List<String> prompts, double guidance, @Nullable INDArray pictures, Map<String, String> provenance) {

        /** Copies the collections. */
        public Source {
            prompts = List.copyOf(prompts);
            provenance = Collections.unmodifiableMap(new LinkedHashMap<>(provenance));
        }

        /** Prompts and guidance alone. */
        public Source(List<String> prompts, double guidance) {
            this(prompts, guidance, null, Map.of());
        }
    }

    /** Copies the lists and checks that they are of the same steps and pictures. */
    public Inversion {
        trajectory = List.copyOf(trajectory);
        noiseMaps = List.copyOf(noiseMaps);
        nullTexts = List.copyOf(nullTexts);
        if (trajectory.size() < 2 || trajectory.size() != schedule.steps() + 1) {
            throw new IllegalArgumentException("an inversion of %d steps has %d levels of latents, must have %d"
                    .formatted(schedule.steps(), trajectory.size(), Math.max(1, schedule.steps()) + 1));
        }
        requireOneEach("noise maps", noiseMaps, schedule.steps());
        requireOneEach("null texts", nullTexts, schedule.steps());
        long pictures = trajectory.get(0).size(0);
        if (source.prompts().size() != pictures) {
            throw new IllegalArgumentException("an inversion of %d pictures has %d prompts"
                    .formatted(pictures, source.prompts().size()));
        }
    }

    private static void requireOneEach(String what, List<INDArray> arrays, int steps) {
        if (!arrays.isEmpty() && arrays.size() != steps) {
            throw new IllegalArgumentException("an inversion of %d steps has %d %s, must have none or one a step"
                    .formatted(steps, arrays.size(), what));
        }
    }

    /** DDIM's trajectory of one picture. */
    public Inversion(String prompt, List<INDArray> trajectory) {
        this(
                new InversionSchedule.Ddim(trajectory.size() - 1),
                new Source(List.of(prompt), 1),
                trajectory,
                List.of(),
                List.of());
    }

    /** The prompt of the first picture. */
    public String prompt() {
        return source.prompts().get(0);
    }

    /** Number of pictures. */
    public int pictures() {
        return source.prompts().size();
    }

    /** Number of steps. */
    public int steps() {
        return trajectory.size() - 1;
    }

    /**
     * The latents at a level, {@code [pictures, 4, h, w]}.
     *
     * @param level 0 is the picture, {@link #steps()} the noise
     */
    public INDArray level(int level) {
        return trajectory.get(level);
    }

    /** All levels, those of the picture first, {@code [(steps + 1) pictures, 4, h, w]}. */
    public INDArray stacked() {
        return Nd4j.concat(0, trajectory.toArray(INDArray[]::new));
    }

    /** One picture of several. */
    public Inversion picture(int picture) {
        if (picture < 0 || picture >= pictures()) {
            throw new IndexOutOfBoundsException("picture %d of %d".formatted(picture, pictures()));
        }
        INDArray own = source.pictures();
        Source one = new Source(
                List.of(source.prompts().get(picture)),
                source.guidance(),
                own == null ? null : row(own, picture),
                source.provenance());
        return new Inversion(
                schedule, one, rows(trajectory, picture), rows(noiseMaps, picture), rows(nullTexts, picture));
    }

    /** Several inversions of one picture each as one of several. */
    static Inversion together(List<Inversion> single) {
        Inversion first = single.get(0);
        List<String> prompts = single.stream().map(Inversion::prompt).toList();
        return new Inversion(
                first.schedule,
                new Source(prompts, first.source.guidance()),
                merged(single.stream().map(Inversion::trajectory).toList()),
                merged(single.stream().map(Inversion::noiseMaps).toList()),
                merged(single.stream().map(Inversion::nullTexts).toList()));
    }

    /** This inversion of pictures that are now known. */
    public Inversion of(INDArray pictures, Map<String, String> provenance) {
        Map<String, String> all = new LinkedHashMap<>(source.provenance());
        all.putAll(provenance);
        Source known = new Source(source.prompts(), source.guidance(), pictures, all);
        return new Inversion(schedule, known, trajectory, noiseMaps, nullTexts);
    }

    private static List<INDArray> merged(List<List<INDArray>> lists) {
        List<INDArray> merged = new ArrayList<>();
        for (int i = 0; i < lists.get(0).size(); i++) {
            int step = i;
            merged.add(Nd4j.concat(0, lists.stream().map(list -> list.get(step)).toArray(INDArray[]::new)));
        }
        return merged;
    }

    private static List<INDArray> rows(List<INDArray> arrays, int row) {
        return arrays.stream().map(array -> row(array, row)).toList();
    }

    private static INDArray row(INDArray array, int row) {
        return array.get(NDArrayIndex.interval(row, row + 1)).dup('c');
    }
}
