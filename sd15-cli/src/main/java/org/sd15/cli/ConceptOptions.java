package org.sd15.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.sd15.pipeline.edit.ledits.Concept;
import org.sd15.pipeline.mask.MaskKind;
import picocli.CommandLine.Option;

/** The concepts of LEDITS++. Each option may be given once for every edit, in order; the last one serves the rest. */
final class ConceptOptions {

    @Option(
            names = "--edit",
            required = true,
            paramLabel = "CONCEPT",
            description = "\"+tennis ball\" adds, \"-cat\" takes away; repeatable.")
    private List<String> edits = List.of();

    @Option(names = "--edit-guidance", paramLabel = "W", description = "How strongly (default: 5).")
    @InRange
    private List<Double> guidance = List.of();

    @Option(
            names = "--edit-threshold",
            paramLabel = "Q",
            description = "Share of the picture that the mask leaves out (default: 0.9).")
    @InRange(from = 0)
    private List<Double> thresholds = List.of();

    @Option(
            names = "--warmup",
            paramLabel = "N",
            description = "Steps in which the edit does nothing yet (default: 0).")
    @InRange(from = 0)
    private List<Integer> warmups = List.of();

    @Option(
            names = "--cooldown",
            paramLabel = "N",
            description = "Step from which on the edit does nothing any more (default: none).")
    @InRange(from = 0)
    private List<Integer> cooldowns = List.of();

    @Option(names = "--mask", paramLabel = "KIND", description = "attention, noise or both (default: both).")
    private List<MaskKind> masks = List.of();

    /** The edits as they were written. */
    List<String> written() {
        return edits;
    }

    /**
     * The concepts in the order of the edits.
     *
     * @param read what is left of the text of an edit
     */
    List<Concept> concepts(UnaryOperator<String> read) {
        List<Concept> concepts = new ArrayList<>();
        for (int i = 0; i < edits.size(); i++) {
            Concept usual = Concept.parse(read.apply(edits.get(i)));
            concepts.add(usual.guidance(at(guidance, i, usual.guidance()))
                    .threshold(at(thresholds, i, usual.threshold()))
                    .steps(at(warmups, i, usual.warmup()), at(cooldowns, i, usual.cooldown()))
                    .mask(at(masks, i, usual.mask())));
        }
        return concepts;
    }

    private static <T> T at(List<T> values, int i, T usual) {
        return values.isEmpty() ? usual : values.get(Math.min(i, values.size() - 1));
    }
}
