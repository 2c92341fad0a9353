package org.sd15.pipeline.inversion;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.denoise.Fingerprint;
import org.sd15.pipeline.denoise.NoiseSource;
import org.sd15.pipeline.denoise.PictureRandom;
import org.sd15.pipeline.denoise.RunFactory;
import org.sd15.pipeline.denoise.RunSettings;
import org.sd15.pipeline.model.Components;
import org.sd15.pipeline.model.DiffusionModel;

/**
 * Pictures that are to be turned into noise, to be edited any number of times. Immutable; the methods return a new request.
 *
 * @param inverter how
 * @param pictures values from 0 to 1, {@code [pictures, 3, H, W]}
 * @param prompts what each picture shows
 * @param settings steps, seeds, layers of the text encoder; guidance, where the inverter has none of its own
 */
public record InversionRequest(Inverter inverter, INDArray pictures, List<String> prompts, RunSettings settings) {

    /** Copies the list. */
    public InversionRequest {
        prompts = List.copyOf(prompts);
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
        return new InversionRequest(other, pictures, prompts, settings);
    }

    /** This request with other steps, guidance, seeds; what the change leaves alone stays as it was set before. */
    public InversionRequest sampling(UnaryOperator<RunSettings> change) {
        return new InversionRequest(inverter, pictures, prompts, change.apply(settings));
    }

    /**
     * Inverts the pictures, from their most probable latents. All steps are done before this returns.
     *
     * @return levels of latents {@code [pictures, 4, h, w]}, with the pictures and remarks on how they were inverted
     */
    public Inversion on(DiffusionModel model) {
        Components components = model.components();
        return inverter.invert(inputs(components)).of(pictures, provenance(components));
    }

    private InversionInputs inputs(Components model) {
        INDArray latents = model.latents(pictures);
        NoiseSource noise = RunFactory.noise(settings, PictureRandom.of(settings.seeds(), prompts.size()));
        AtomicInteger draws = new AtomicInteger();
        return new InversionInputs(
                NoisePredictor.of(model.unet()),
                model.schedulerConfig(),
                settings.steps(),
                settings.guidance().scale(),
                latents,
                prompts,
                model.encode(prompts, settings.clipSkip()),
                model.encode(Collections.nCopies(prompts.size(), ""), 0),
                () -> noise.draw(draws.getAndIncrement(), latents.shape()));
    }

    private Map<String, String> provenance(Components model) {
        Map<String, String> provenance = new LinkedHashMap<>();
        provenance.put("inverter", inverter.toString());
        provenance.put("seeds", settings.seeds().toString());
        provenance.put("unet", Fingerprint.of(model.unet()));
        return provenance;
    }
}
