package org.sd15.server.job;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.denoise.ConstantTexts;
import org.sd15.pipeline.denoise.RunSettings;
import org.sd15.pipeline.edit.ledits.Concept;
import org.sd15.pipeline.edit.ledits.LeditsEditing;
import org.sd15.pipeline.edit.ledits.LeditsRequest;
import org.sd15.pipeline.image.Pictures;
import org.sd15.pipeline.inversion.Inversion;
import org.sd15.pipeline.inversion.InversionRequest;
import org.sd15.pipeline.inversion.NoiseMapInverter;
import org.sd15.pipeline.inversion.ObservedInverter;
import org.sd15.pipeline.mask.MaskKind;
import org.sd15.pipeline.schedule.SamplerName;
import org.sd15.pipeline.words.Conformance;

/** Adds concepts to a picture, or takes them away, by LEDITS++. */
record LeditsTask(Common common, Given image, String source, List<Concept> concepts, double skip, double sourceGuidance)
        implements Task {

    private static final SamplerName SAMPLER = new SamplerName("DPM++ 2M SDE", SamplerName.UNIFORM);

    static LeditsTask of(Fields fields, Limits limits) {
        MaskKind mask = MaskKind.valueOf(fields.choice("mask", "both", List.of("both", "attention", "noise"))
                .toUpperCase(Locale.ROOT));
        List<Concept> concepts = fields.objects("edits", one -> concept(one, mask, limits));
        if (concepts.isEmpty()) {
            throw new FieldProblem("edits", "edits is missing: what to add or take away");
        }
        Common common = Common.of(fields, limits);
        if (common.scheduler() != null) {
            throw new FieldProblem("scheduler", "LEDITS++ has a scheduler of its own, none can be chosen");
        }
        return new LeditsTask(
                common,
                Given.required(fields, "image", limits),
                fields.text("source", ""),
                concepts,
                fields.number("skip", 0.15, 0, 0.99),
                fields.number("sourceGuidance", 3.5, 0, 100));
    }

    private static Concept concept(Fields one, MaskKind mask, Limits limits) {
        String prompt = one.required("prompt");
        Concept usual = one.flag("remove", false) ? Concept.remove(prompt) : Concept.add(prompt);
        Integer cooldown = one.whole("cooldown", 0, limits.steps());
        return usual.guidance(one.number("guidance", 5, -100, 100))
                .threshold(one.number("threshold", 0.9, 0, 1))
                .steps((int) one.whole("warmup", 0, 0, limits.steps()), cooldown == null ? usual.cooldown() : cooldown)
                .mask(mask);
    }

    @Override
    public List<String> prompts() {
        return List.of(source);
    }

    @Override
    public void run(TaskRun run) throws IOException {
        StableDiffusion model = run.model();
        run.expect(2 * common.steps()); // without an edit, to see how well it comes back, and with it
        RunSettings settings = common.settings(RunSettings.DEFAULT, model);
        String shown = common.withoutLoras(source);
        INDArray pixels = image.pixels(run);
        List<String> all =
                Inversions.prompts(shown, concepts.stream().map(Concept::prompt).toArray(String[]::new));
        int tokens = new ConstantTexts(model.components(), common.style()).tokens(all);
        NoiseMapInverter inverter =
                NoiseMapInverter.leditsPlusPlus(skip, source.isBlank() ? 0 : sourceGuidance, Conformance.CORRECTED);
        Inversion inversion = new InversionRequest(
                        new ObservedInverter(inverter, new Inversions.Steps(run)),
                        pixels,
                        List.of(shown),
                        settings,
                        tokens)
                .on(model);
        LeditsRequest request =
                LeditsRequest.of(inversion, concepts.toArray(Concept[]::new)).promptStyle(common.style());
        LeditsEditing editing =
                model.ledits(request.known(request.reconstruction(model, step -> run.step("inverting", 1))));
        Results.report(run, editing.reconstruction());
        run.finish(editing.run(), "editing", 1);
        save(
                run,
                editing,
                Pictures.toImages(model.decode(editing.run().latents())).get(0));
    }

    private void save(TaskRun run, LeditsEditing editing, BufferedImage edited) throws IOException {
        Map<String, String> values = Results.values(run, common, SAMPLER, edited, common.seed());
        values.putAll(options().parameters(common));
        run.save("after.png", "after", edited, run.texts(source, "", values)).put("seed", common.seed());
        INDArray masks = editing.everMasked(); // [edits, pictures, h, w]
        for (int i = 0; i < concepts.size(); i++) {
            BufferedImage mask = Results.mask(masks.slice(i).slice(0), edited);
            run.save("concept-%d.png".formatted(i + 1), "concept", mask, Map.of())
                    .put("word", concepts.get(i).prompt());
        }
    }

    private Options options() {
        Options options = new Options("ledits").given(image).addUnless("--source", source, "");
        for (Concept concept : concepts) {
            options.add("--edit", (concept.removed() ? "-" : "+") + concept.prompt());
            options.add("--edit-guidance", concept.guidance()).add("--edit-threshold", concept.threshold());
        }
        options.addUnless("--skip", skip, 0.15);
        return source.isBlank() ? options : options.addUnless("--source-guidance", sourceGuidance, 3.5);
    }

    @Override
    public List<String> arguments() {
        return options().arguments(common);
    }
}
