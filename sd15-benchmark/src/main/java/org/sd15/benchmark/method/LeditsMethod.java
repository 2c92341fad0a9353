package org.sd15.benchmark.method;

import java.util.ArrayList;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.edit.ledits.Concept;
import org.sd15.pipeline.edit.ledits.LeditsEditing;
import org.sd15.pipeline.edit.ledits.LeditsRequest;
import org.sd15.pipeline.inversion.Inversion;

/**
 * LEDITS++: what the target has more is added, what it has less is taken away. Settings: {@code guidance}, {@code
 * threshold} of the masks, {@code skip}, {@code source}: the guidance of the source's prompt.
 *
 * @param name its name
 * @param grid the settings to choose from
 */
record LeditsMethod(String name, List<Settings> grid) implements BenchmarkMethod {

    @Override
    public Edited edit(Workbench bench, Settings settings) {
        InversionVariant variant = InversionVariant.leditsPlusPlus(settings.get("skip"), settings.get("source"));
        List<Concept> concepts = new ArrayList<>();
        PromptChange change = change(bench.job());
        for (String phrase : change.added()) {
            concepts.add(tuned(Concept.add(phrase), settings));
        }
        for (String phrase : change.removed()) {
            concepts.add(tuned(Concept.remove(phrase), settings));
        }
        Inversion inversion = bench.inversion(variant);
        LeditsRequest request = LeditsRequest.of(inversion, concepts.toArray(Concept[]::new));
        var known = bench.known(variant.name());
        LeditsEditing editing =
                bench.shared(() -> bench.model().ledits(known == null ? request : request.known(known)));
        bench.note(variant.name(), editing.reconstruction());
        INDArray latents = editing.run().finish();
        INDArray masks = editing.everMasked(); // [concepts, pictures, h, w]
        INDArray mask = masks.max(0).slice(0);
        return new Edited(
                bench.decoded(latents, 0), mask, editing.reconstruction().psnr(), bench.seconds(variant));
    }

    /** What the user said, or else what the prompts differ in. */
    private static PromptChange change(Job job) {
        PromptChange said = new PromptChange(job.removed(), job.added());
        return said.isNothing() ? PromptChange.of(job.source(), job.target()) : said;
    }

    private static Concept tuned(Concept concept, Settings settings) {
        return concept.guidance(settings.get("guidance")).threshold(settings.get("threshold"));
    }
}
