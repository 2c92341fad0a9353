package org.sd15.pipeline.denoise;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.pipeline.model.Components;
import org.sd15.pipeline.prompt.EditedText;
import org.sd15.pipeline.prompt.PromptEncoder;
import org.sd15.pipeline.prompt.PromptStyle;
import org.sd15.pipeline.prompt.PromptText;
import org.sd15.pipeline.prompt.WebuiPrompt;
import org.sd15.pipeline.prompt.WebuiPrompt.Part;
import org.sd15.pipeline.prompt.WeightedText;

/** Makes text states of prompts with weights, for each call of the model; all are filled up to one length. */
final class StyledTexts {

    private static final Part NOTHING = new Part(new EditedText.Constant(""), 0);

    private final PromptStyle style;
    private final Guidance guidance;
    private final int calls;
    private final boolean steered;
    private final PromptEncoder encoder;
    private final PromptEncoder negativeEncoder;
    private final Map<Text, INDArray> states = new HashMap<>();

    private StyledTexts(Components model, RunSettings settings, int calls) {
        this.style = settings.promptStyle();
        this.guidance = settings.guidance();
        this.calls = calls;
        this.steered = !settings.methods().isEmpty();
        this.encoder = new PromptEncoder(model.tokenizer(), model.textEncoder(), settings.clipSkip());
        this.negativeEncoder = new PromptEncoder(model.tokenizer(), model.textEncoder(), 0); // as in diffusers
    }

    /** What is encoded once. */
    private record Text(PromptText text, boolean negative) {}

    /**
     * The states of a run.
     *
     * @param prompts one a picture
     * @param negative one a picture
     */
    static RunTexts of(Components model, RunSettings settings, List<String> prompts, List<String> negative, int calls) {
        return new StyledTexts(model, settings, calls).texts(prompts, negative);
    }

    private RunTexts texts(List<String> prompts, List<String> negative) {
        List<List<Part>> composed = prompts.stream().map(this::parts).toList();
        List<List<Part>> avoided = negative.stream().map(this::parts).toList();
        if (avoided.stream().anyMatch(parts -> parts.size() > 1)) {
            throw new IllegalArgumentException("AND composes prompts; a negative prompt can't have it");
        }
        int most = composed.stream().mapToInt(List::size).max().orElse(1);
        boolean composes = most > 1 || composed.stream().flatMap(List::stream).anyMatch(part -> part.weight() != 1);
        if (composes && steered) {
            throw new IllegalArgumentException(
                    "AND composes the predictions of several prompts, and methods that steer or observe a run know of one a"
                            + " picture: leave out one of both");
        }
        boolean guided = composes || guidance.guided();
        List<List<Text>> distinct = new ArrayList<>();
        List<Integer> ofCall = new ArrayList<>();
        for (int call = 1; call <= calls; call++) {
            List<Text> rows = rows(composed, guided ? avoided : List.of(), most, call);
            if (!distinct.contains(rows)) {
                distinct.add(rows);
            }
            ofCall.add(distinct.indexOf(rows));
        }
        RowGuidance rule = !composes ? guidance : new ComposedGuidance(guidance, weights(composed, most));
        return new RunTexts(rule, contexts(distinct), ofCall);
    }

    private List<INDArray> contexts(List<List<Text>> distinct) {
        distinct.forEach(rows -> rows.forEach(row -> states.computeIfAbsent(row, this::encode)));
        long tokens =
                states.values().stream().mapToLong(one -> one.size(1)).max().orElseThrow();
        states.replaceAll((text, one) -> encoder(text).padded(one, tokens));
        return distinct.stream()
                .map(rows -> Nd4j.concat(
                        0,
                        rows.stream()
                                .map(row -> Objects.requireNonNull(states.get(row)))
                                .toArray(INDArray[]::new)))
                .toList();
    }

    private PromptEncoder encoder(Text text) {
        return text.negative ? negativeEncoder : encoder;
    }

    private INDArray encode(Text text) {
        return text.text.states(encoder(text));
    }

    /** The texts of a call by row: unconditional ones, then the first of each picture, then the second. */
    private List<Text> rows(List<List<Part>> composed, List<List<Part>> avoided, int most, int call) {
        List<Text> rows = new ArrayList<>();
        avoided.forEach(parts -> rows.add(new Text(text(parts.get(0), call), true)));
        for (int j = 0; j < most; j++) {
            for (List<Part> parts : composed) {
                rows.add(new Text(text(part(parts, j), call), false));
            }
        }
        return rows;
    }

    private static List<double[]> weights(List<List<Part>> composed, int most) {
        List<double[]> weights = new ArrayList<>();
        for (int j = 0; j < most; j++) {
            int index = j;
            weights.add(composed.stream()
                    .mapToDouble(parts -> part(parts, index).weight())
                    .toArray());
        }
        return weights;
    }

    /** A prompt that has fewer parts than another has parts of no weight. */
    private static Part part(List<Part> parts, int index) {
        return index < parts.size() ? parts.get(index) : NOTHING;
    }

    private PromptText text(Part part, int call) {
        return style.isCompel()
                ? style.text(part.text().at(call, calls))
                : new WeightedText(part.sections(call, calls));
    }

    private List<Part> parts(String prompt) {
        if (style.isCompel()) {
            return List.of(new Part(new EditedText.Constant(prompt), 1));
        }
        WebuiPrompt read = WebuiPrompt.parse(prompt);
        read.requireNoLoras();
        return read.effective();
    }
}
