package org.sd15.pipeline.heatmap;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.attention.control.AttentionSite;
import org.sd15.attention.control.AttentionSite.Place;
import org.sd15.pipeline.denoise.Grid;
import org.sd15.pipeline.denoise.RowLayout;
import org.sd15.pipeline.denoise.Stage;
import org.sd15.pipeline.words.AttentionMap;
import org.sd15.pipeline.words.PromptWords;
import org.sd15.pipeline.words.WordsByStep;

/**
 * Adds up cross attention while pictures are made, and turns it into heat maps of tokens.
 *
 * <p>The probabilities of each site and head are summed over the steps, resized to the latents, cut off below zero and
 * then averaged over sites and heads. All cross attentions count but those of the middle block. A map of a token
 * therefore grows with the number of steps: at each pixel the maps of all tokens add up to it.
 *
 * <p>The state belongs to the numbers of the steps: to add a step again forgets it and all later ones. Not safe for use
 * by several threads at once.
 *
 * <p>Tang et al., "What the DAAM", section 2; castorini/daam, {@code DiffusionHeatMapHooker.compute_global_heat_map}.
 */
public final class HeatMaps {

    private final List<AttentionSite> sites;
    private final Grid latents;
    private final RowLayout rows;
    private final List<Integer> pictures;
    private final List<WordsByStep> prompts;
    private final HeatMapOptions options;

    /** By the number of the first step. Where steps are summed up: all but the last, and the last. */
    private final NavigableMap<Integer, SummedSteps> history = new TreeMap<>();

    /**
     * Nothing added up yet.
     *
     * @param sites all sites of the model
     * @param latents the size of the latents, which is that of the maps
     * @param rows the rows of the UNet's batch
     * @param prompts the prompts of the pictures that maps are wanted of, by number of the picture
     * @throws IllegalArgumentException if the model has no cross attention outside its middle block, or there is no
     *     such picture
     */
    public HeatMaps(
            Collection<AttentionSite> sites,
            Grid latents,
            RowLayout rows,
            Map<Integer, PromptWords> prompts,
            HeatMapOptions options) {
        this(sites, latents, rows, options, constant(prompts));
    }

    /**
     * Nothing added up yet, of prompts that may say other things at other steps. Maps are of all words that a prompt says at
     * some step; a step adds to those that it says.
     *
     * @param prompts the prompts of the pictures that maps are wanted of, by number of the picture
     */
    public static HeatMaps byStep(Stage stage, Map<Integer, WordsByStep> prompts, HeatMapOptions options) {
        return new HeatMaps(stage.sites(), stage.latents(), stage.rows(), options, prompts);
    }

    private static Map<Integer, WordsByStep> constant(Map<Integer, PromptWords> prompts) {
        Map<Integer, WordsByStep> constant = new LinkedHashMap<>();
        prompts.forEach((picture, prompt) -> constant.put(picture, WordsByStep.constant(prompt)));
        return constant;
    }

    private HeatMaps(
            Collection<AttentionSite> sites,
            Grid latents,
            RowLayout rows,
            HeatMapOptions options,
            Map<Integer, WordsByStep> prompts) {
        this.sites = sites.stream()
                .filter(site -> site.isCross() && site.place() != Place.MID)
                .toList();
        this.latents = latents;
        this.rows = rows;
        this.pictures = List.copyOf(prompts.keySet());
        this.prompts = List.copyOf(prompts.values());
        this.options = options;
        if (this.sites.isEmpty()) {
            throw new IllegalArgumentException(
                    "heat maps need cross attention outside the middle block; the model has none");
        }
        pictures.forEach(rows::conditional);
    }

    /** The sites whose attention has to be added in each step. */
    public List<AttentionSite> sites() {
        return sites;
    }

    /**
     * Adds the attention of a step.
     *
     * @param step from 0, the noisiest
     * @param maps the probabilities {@code [rows, heads, queries, keys]} at each of {@link #sites()}, after an edit or
     *     before
     * @throws IllegalStateException if the step is before the last one and is not kept by itself
     */
    public void add(int step, Function<AttentionSite, INDArray> maps) {
        Map.Entry<Integer, SummedSteps> before = history.lowerEntry(step);
        if (before != null && before.getValue().last() >= step) {
            throw new IllegalStateException(
                    "heat maps: the steps %d to %d are summed up, step %d can't be added again; keep every step"
                            .formatted(before.getKey(), before.getValue().last(), step));
        }
        SummedSteps now = read(step, maps);
        history.tailMap(step, true).clear();
        if (!options.everyStep() && history.size() == 2) {
            SummedSteps last = history.pollLastEntry().getValue();
            history.replaceAll((first, summed) -> summed.plus(last));
        }
        history.put(step, now);
    }

    private SummedSteps read(int step, Function<AttentionSite, INDArray> maps) {
        List<List<double[]>> attention = new ArrayList<>();
        pictures.forEach(picture -> attention.add(new ArrayList<>()));
        for (AttentionSite site : sites) {
            INDArray probs = maps.apply(site);
            for (int i = 0; i < pictures.size(); i++) {
                WordsByStep prompt = prompts.get(i);
                AttentionMap map = AttentionMap.read(site, probs, rows, pictures.get(i), tokens(prompt.at(step)));
                attention.get(i).add(new TokenAttention(map, tokens(prompt.all())).among(prompt, step));
            }
        }
        return new SummedSteps(List.of(step), attention);
    }

    private int tokens(PromptWords prompt) {
        return options.allTokens() ? prompt.keys() : prompt.endToken() + 1;
    }

    /** {@link #of(int, HeatMapSelection)} with everything. */
    public PromptHeatMaps of(int picture) {
        return of(picture, HeatMapSelection.ALL);
    }

    /**
     * The heat maps of a picture from what was added up to now.
     *
     * @param picture the number of the picture
     * @throws IllegalArgumentException if the picture has no prompt here, or the selection chooses nothing or a part of
     *     steps that are summed up
     */
    public PromptHeatMaps of(int picture, HeatMapSelection selection) {
        int subject = pictures.indexOf(picture);
        if (subject < 0) {
            throw new IllegalArgumentException(
                    "no heat maps are made of picture %d, only of %s".formatted(picture, pictures));
        }
        PromptWords prompt = prompts.get(subject).all();
        List<SummedSteps> chosen = history.values().stream()
                .filter(some -> some.isChosen(selection.steps()))
                .toList();
        double[][] maps = new double[tokens(prompt)][latents.cells()];
        int heads = 0;
        for (int i = 0; i < sites.size(); i++) {
            if (selection.sites().test(sites.get(i))) {
                heads += addSite(i, subject, chosen, selection, maps);
            }
        }
        int steps = chosen.stream().mapToInt(some -> some.steps().size()).sum();
        require(heads, steps);
        return new PromptHeatMaps(prompt, means(maps, selection.meanOfSteps() ? heads * steps : heads));
    }

    /**
     * Makes sure that a selection chooses something.
     *
     * @param steps of the whole run
     * @throws IllegalArgumentException if there is nothing to show
     */
    public void require(HeatMapSelection selection, int steps) {
        int heads = (int) sites.stream()
                .filter(selection.sites())
                .flatMapToInt(site -> IntStream.range(0, site.heads()))
                .filter(selection.heads())
                .count();
        require(heads, (int) IntStream.range(0, steps).filter(selection.steps()).count());
    }

    private static void require(int heads, int steps) {
        if (heads == 0 || steps == 0) {
            throw new IllegalArgumentException(
                    "a heat map of %d heads in %d steps: there is nothing to show".formatted(heads, steps));
        }
    }

    private List<HeatMap> means(double[][] sums, int count) {
        return Arrays.stream(sums)
                .map(sum -> HeatMap.of(
                        Arrays.stream(sum).map(value -> value / count).toArray(), latents))
                .toList();
    }

    /** Adds the maps of a site's chosen heads and tells how many heads these are. */
    private int addSite(int number, int subject, List<SummedSteps> steps, HeatMapSelection selection, double[][] maps) {
        AttentionSite site = sites.get(number);
        double[] sum = new double[site.heads() * maps.length * site.queries()];
        steps.forEach(some -> some.addTo(sum, subject, number));
        Bicubic bicubic = new Bicubic(Grid.of(site), latents);
        int heads = 0;
        for (int head = 0; head < site.heads(); head++) {
            if (selection.heads().test(head)) {
                heads++;
                for (int token = 0; token < maps.length; token++) {
                    int start = (head * maps.length + token) * site.queries();
                    addPositive(bicubic.resize(Arrays.copyOfRange(sum, start, start + site.queries())), maps[token]);
                }
            }
        }
        return heads;
    }

    /** Bicubic resizing undershoots beside steep edges; negative attention has no meaning. */
    private static void addPositive(double[] values, double[] sum) {
        for (int i = 0; i < sum.length; i++) {
            sum[i] += Math.max(0, values[i]);
        }
    }
}
