package org.sd15.pipeline.inversion;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.denoise.ConstantTexts;
import org.sd15.pipeline.denoise.Fingerprint;
import org.sd15.pipeline.denoise.NoiseSource;
import org.sd15.pipeline.denoise.PictureRandom;
import org.sd15.pipeline.denoise.RunFactory;
import org.sd15.pipeline.denoise.RunSettings;
import org.sd15.pipeline.model.Components;
import org.sd15.pipeline.model.DiffusionModel;
import org.sd15.pipeline.prompt.PromptStyle;

/**
 * Pictures that are to be turned into noise, to be edited any number of times. Immutable; the methods return a new request.
 *
 * @param inverter how
 * @param pictures values from 0 to 1, {@code [pictures, 3, H, W]}
 * @param prompts what each picture shows
 * @param settings steps, seeds, style of the prompts, layers of the text encoder; guidance, where the inverter has none of
 *     its own
 * @param tokens of the text states at least, with chunks of the empty prompt behind shorter prompts; 0 for those of the
 *     prompts
 */
public record InversionRequest(
        Inverter inverter, INDArray pictures, List<String> prompts, RunSettings settings, int tokens) {

    private static final String TOKENS = "tokens";

    /** Copies the list. */
    public InversionRequest {
        prompts = List.copyOf(prompts);
    }

    /** With as many tokens as the prompts have. */
    public InversionRequest(Inverter inverter, INDArray pictures, List<String> prompts, RunSettings settings) {
        this(inverter, pictures, prompts, settings, 0);
    }

    /**
     * DDIM backwards, without guidance.
     *
     * @param picture values from 0 to 1, {@code [1, 3, H, W]}
     * @param prompt what it shows
     */
    public static InversionRequest of(INDArray picture, String prompt) {
        return new InversionRequest(new DdimInverter(), picture, List.of(prompt), RunSettings.DEFAULT);
    }

    /** This request by another method. */
    public InversionRequest inverter(Inverter other) {
        return new InversionRequest(other, pictures, prompts, settings, tokens);
    }

    /** This request with other steps, guidance, seeds; what the change leaves alone stays as it was set before. */
    public InversionRequest sampling(UnaryOperator<RunSettings> change) {
        return new InversionRequest(inverter, pictures, prompts, change.apply(settings), tokens);
    }

    /** This request for edits whose text states have more tokens than its prompts: they must be inverted with as many. */
    public InversionRequest tokens(int least) {
        return new InversionRequest(inverter, pictures, prompts, settings, least);
    }

    /**
     * Inverts the pictures, from their most probable latents. All steps are done before this returns.
     *
     * @return levels of latents {@code [pictures, 4, h, w]}, with the pictures and remarks on how they were inverted
     */
    public Inversion on(DiffusionModel model) {
        Components components = model.components();
        InversionInputs inputs = inputs(components);
        return inverter.invert(inputs).of(pictures, provenance(components, inputs));
    }

    /**
     * The tokens of an edit of an inversion: as many as it was made with, for only so is the picture drawn again as it was
     * gone through.
     *
     * @param needed by the prompts of the edit
     * @throws IllegalArgumentException if these are more
     */
    public static int tokens(Components model, Inversion inversion, int needed) {
        String known = inversion.source().provenance().get(TOKENS);
        int inverted = known == null ? model.tokenizer().encode("").maxLength() : Integer.parseInt(known);
        if (needed > inverted) {
            throw new IllegalArgumentException(
                    "the picture was inverted with text states of %d tokens, the prompts of the edit have %d: invert it with %d"
                            .formatted(inverted, needed, needed));
        }
        return inverted;
    }

    private InversionInputs inputs(Components model) {
        INDArray latents = model.latents(pictures);
        NoiseSource noise = RunFactory.noise(settings, PictureRandom.of(settings.seeds(), prompts.size()));
        AtomicInteger draws = new AtomicInteger();
        ConstantTexts texts = new ConstantTexts(model, settings.promptStyle());
        int length = Math.max(tokens, texts.tokens(prompts));
        return new InversionInputs(
                NoisePredictor.of(model.unet()),
                model.schedulerConfig(),
                settings.steps(),
                settings.guidance().scale(),
                latents,
                prompts,
                texts.encode(prompts, settings.clipSkip(), length),
                texts.encode(Collections.nCopies(prompts.size(), ""), 0, length),
                () -> noise.draw(draws.getAndIncrement(), latents.shape()));
    }

    private Map<String, String> provenance(Components model, InversionInputs inputs) {
        Map<String, String> provenance = new LinkedHashMap<>();
        provenance.put("inverter", inverter.toString());
        provenance.put("seeds", settings.seeds().toString());
        provenance.put("unet", Fingerprint.of(model.unet()));
        if (settings.promptStyle() != PromptStyle.PLAIN) {
            provenance.put("prompt style", settings.promptStyle().toString());
        }
        if (inputs.conditional().size(1) != model.tokenizer().encode("").maxLength()) {
            provenance.put(TOKENS, Long.toString(inputs.conditional().size(1)));
        }
        return provenance;
    }
}
