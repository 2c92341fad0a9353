package org.sd15.pipeline.heatmap;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.sd15.pipeline.denoise.Grid;
import org.sd15.pipeline.words.PromptWords;
import org.sd15.pipeline.words.PromptWords.Word;

/**
 * Heat maps of one picture.
 *
 * @param prompt the prompt that painted it
 * @param tokens the map of each token, from the start token on; at least to the end token
 */
public record PromptHeatMaps(PromptWords prompt, List<HeatMap> tokens) {

    /** What {@link #specials} calls the start token. */
    public static final String START = "<|startoftext|>";

    /** What {@link #specials} calls the end token. */
    public static final String END = "<|endoftext|>";

    private static final double SMALL = 1e-6;

    /** Copies the list and checks that all tokens of the prompt are there, in one size. */
    public PromptHeatMaps {
        tokens = List.copyOf(tokens);
        if (tokens.size() <= prompt.endToken() || tokens.size() > prompt.keys()) {
            throw new IllegalArgumentException("%d heat maps for the prompt \"%s\" of %d tokens"
                    .formatted(tokens.size(), prompt, prompt.endToken() + 1));
        }
        HeatMap first = tokens.get(0);
        if (tokens.stream().anyMatch(map -> map.height() != first.height() || map.width() != first.width())) {
            throw new IllegalArgumentException("the heat maps of a prompt must have one size");
        }
    }

    /**
     * The map of one token; 0 is the start token, {@link PromptWords#endToken()} the end token.
     *
     * @throws IllegalArgumentException if there is no map of the token
     */
    public HeatMap token(int position) {
        if (position < 0 || position >= tokens.size()) {
            throw new IllegalArgumentException("no heat map of token %d of the prompt \"%s\"; there are maps of 0 to %d"
                    .formatted(position, prompt, tokens.size() - 1));
        }
        return tokens.get(position);
    }

    /**
     * The map of a word, or of several in a row: the mean of the maps of its tokens at all occurrences.
     *
     * @throws IllegalArgumentException if the prompt has no such word, or it is cut off
     */
    public HeatMap word(String words) {
        return mean(prompt.tokens(words));
    }

    /** The maps of all words that the text encoder sees, without punctuation, in the order of the prompt. */
    public Map<String, HeatMap> words() {
        Map<String, HeatMap> maps = new LinkedHashMap<>();
        for (Word word : prompt.words()) {
            String name = word.bare().isEmpty() ? word.text() : word.bare();
            prompt.find(name).ifPresent(found -> maps.put(name, mean(found)));
        }
        return maps;
    }

    /** The maps of the start token and of the end token, which draw much attention and paint nothing in particular. */
    public Map<String, HeatMap> specials() {
        Map<String, HeatMap> maps = new LinkedHashMap<>();
        maps.put(START, tokens.get(0));
        maps.put(END, tokens.get(prompt.endToken()));
        return maps;
    }

    /** The maps as shares of what the prompt's own tokens draw together at each pixel: {@code x / (sum + 1e-6)}. */
    public PromptHeatMaps normalized() {
        double[] sum = new double[grid().cells()];
        for (int token : prompt.own()) {
            double[] values = tokens.get(token).doubles();
            Arrays.setAll(sum, i -> sum[i] + values[i]);
        }
        List<HeatMap> shares = tokens.stream()
                .map(map -> {
                    double[] values = map.doubles();
                    Arrays.setAll(values, i -> values[i] / (sum[i] + SMALL));
                    return HeatMap.of(values, grid());
                })
                .toList();
        return new PromptHeatMaps(prompt, shares);
    }

    private HeatMap mean(List<Integer> positions) {
        double[] sum = new double[grid().cells()];
        for (int position : positions) {
            double[] values = tokens.get(position).doubles();
            Arrays.setAll(sum, i -> sum[i] + values[i] / positions.size());
        }
        return HeatMap.of(sum, grid());
    }

    private Grid grid() {
        return new Grid(tokens.get(0).height(), tokens.get(0).width());
    }
}
