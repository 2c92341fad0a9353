package org.sd15.pipeline;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.pipeline.GenerationRequest.Sampling;
import org.sd15.pipeline.GenerationRequest.Source;
import org.sd15.pipeline.edit.EditProgram;
import org.sd15.pipeline.inversion.DdimInverter;
import org.sd15.pipeline.inversion.Inversion;
import org.sd15.pipeline.inversion.Inverter;
import org.sd15.pipeline.inversion.NoisePredictor;
import org.sd15.pipeline.inversion.Subject;
import org.sd15.pipeline.schedule.Sampler;
import org.sd15.pipeline.schedule.Scheduler;
import org.sd15.pipeline.vae.Vae;

/**
 * Makes denoising runs of requests.
 *
 * @param model whose runs they are
 */
record RunFactory(StableDiffusion model) {

    Denoising generate(GenerationRequest request) {
        Sampling sampling = request.sampling();
        Scheduler scheduler = Objects.requireNonNullElse(sampling.scheduler(), model.scheduler());
        PictureRandom random = PictureRandom.of(sampling.seeds(), request.pictures());
        Source source = request.source();
        Sampler sampler = scheduler.sampler(sampling.steps(), source == null ? 0 : skipped(sampling, source));
        requireNoise(sampling, sampler);
        LatentStart start = start(request, sampler, random);
        List<EditProgram> programs = new ArrayList<>(start.programs());
        programs.addAll(request.programs());
        List<String> prompts = repeated(request.prompts(), request.count());
        List<String> negative = repeated(request.unconditionalPrompts(), request.count());
        var setup = new Denoising.Setup(
                sampler,
                sampling.guidance(),
                context(prompts, negative, sampling),
                EditProgram.chain(programs),
                noise(sampling, random),
                start.extraChannels());
        return new Denoising(model.unet(), setup, start.latents());
    }

    /** A run from given latents with empty negative prompts. */
    Denoising denoise(Sampler sampler, Sampling sampling, List<String> prompts, EditProgram program, INDArray start) {
        requireNoise(sampling, sampler);
        NoiseSource noise = noise(sampling, PictureRandom.of(sampling.seeds(), prompts.size()));
        return denoise(sampler, sampling, Texts.of(prompts), program, noise, start);
    }

    /**
     * The texts of a run.
     *
     * @param prompts one a picture
     * @param negative one a picture
     */
    record Texts(List<String> prompts, List<String> negative) {

        static Texts of(List<String> prompts) {
            return new Texts(prompts, Collections.nCopies(prompts.size(), ""));
        }
    }

    /** A run from given latents. */
    Denoising denoise(
            Sampler sampler, Sampling sampling, Texts texts, EditProgram program, NoiseSource noise, INDArray start) {
        INDArray context = context(texts.prompts(), texts.negative(), sampling);
        return denoise(sampler, sampling.guidance(), context, program, noise, start);
    }

    /** A run from given latents and text states. */
    Denoising denoise(
            Sampler sampler,
            Guidance guidance,
            INDArray context,
            EditProgram program,
            NoiseSource noise,
            INDArray start) {
        var setup = new Denoising.Setup(sampler, guidance, context, program, noise, null);
        return new Denoising(model.unet(), setup, start);
    }

    /** DDIM backwards under the prompt, without guidance, from the most probable latents of the picture. */
    Inversion invert(INDArray picture, String prompt, Sampling sampling) {
        return invert(new DdimInverter(), picture, List.of(prompt), sampling);
    }

    /** Inverts pictures, from their most probable latents. */
    Inversion invert(Inverter inverter, INDArray pictures, List<String> prompts, Sampling sampling) {
        Vae vae = model.vae();
        INDArray latents = vae.scale(vae.encode(pictures.mul(2).sub(1)).mode());
        NoiseSource noise = noise(sampling, PictureRandom.of(sampling.seeds(), prompts.size()));
        AtomicInteger draws = new AtomicInteger();
        Subject subject = new Subject(
                NoisePredictor.of(model.unet()),
                model.saidToOthers(),
                sampling.steps(),
                latents,
                prompts,
                model.encode(prompts, sampling.clipSkip()),
                model.encode(Collections.nCopies(prompts.size(), ""), 0),
                () -> noise.draw(draws.getAndIncrement(), latents.shape()));
        Map<String, String> provenance = new LinkedHashMap<>();
        provenance.put("inverter", inverter.toString());
        provenance.put("seeds", sampling.seeds().toString());
        provenance.put("unet", Fingerprint.of(model.unet()));
        return inverter.invert(subject).of(pictures, provenance);
    }

    /** Start noise of one picture, {@code [1, 4, h, w]}, not yet scaled. */
    INDArray startNoise(GenerationRequest request) {
        INDArray given = request.sampling().latents();
        long[] shape = latentShape(request, 1);
        return given == null
                ? PictureRandom.of(request.sampling().seeds(), 1).randn(shape)
                : LatentStart.given(given, shape);
    }

    private LatentStart start(GenerationRequest request, Sampler sampler, PictureRandom random) {
        Source source = request.source();
        if (source == null) {
            INDArray given = request.sampling().latents();
            long[] shape = latentShape(request, request.pictures());
            return LatentStart.noise(sampler, given == null ? random.randn(shape) : LatentStart.given(given, shape));
        }
        int channels = model.unet().config().inChannels();
        return source.mask() == null
                ? LatentStart.picture(model.vae(), sampler, source, random, request.pictures())
                : LatentStart.inpainting(model.vae(), sampler, source, random, request.pictures(), channels);
    }

    private static int skipped(Sampling sampling, Source source) {
        int done = Math.min((int) (sampling.steps() * source.strength()), sampling.steps());
        if (done == 0) {
            throw new IllegalArgumentException("strength %s leaves none of %d steps; raise one of them"
                    .formatted(source.strength(), sampling.steps()));
        }
        return sampling.steps() - done;
    }

    /** Shape of the latents of a request. */
    long[] latentShape(GenerationRequest request, int pictures) {
        return new long[] {
            pictures,
            model.vae().config().latentChannels(),
            latentSide("height", request.height()),
            latentSide("width", request.width())
        };
    }

    private long latentSide(String name, @Nullable Integer pixels) {
        int factor = model.vae().config().factor();
        int side = Objects.requireNonNullElse(pixels, model.pictureSize());
        if (side < factor || side % factor != 0) {
            throw new IllegalArgumentException("%s is %d, must be a multiple of %d, for instance %d"
                    .formatted(name, side, factor, Math.max(factor, side - side % factor)));
        }
        return side / factor;
    }

    /** Refuses noise for too few steps before the first of them. */
    private static void requireNoise(Sampling sampling, Sampler sampler) {
        INDArray given = sampling.noise();
        for (int call = 0; given != null && call < sampler.calls(); call++) {
            if (call >= given.size(0) && sampler.drawsNoise(call)) {
                throw new IllegalArgumentException(
                        "the noise has %d steps, step %d needs one as well".formatted(given.size(0), call));
            }
        }
    }

    static NoiseSource noise(Sampling sampling, PictureRandom random) {
        return sampling.noise() == null ? (step, shape) -> random.randn(shape) : NoiseSource.of(sampling.noise());
    }

    private static List<String> repeated(List<String> prompts, int count) {
        return prompts.stream()
                .flatMap(prompt -> Collections.nCopies(count, prompt).stream())
                .toList();
    }

    private INDArray context(List<String> prompts, List<String> negative, Sampling sampling) {
        INDArray conditional = model.encode(prompts, sampling.clipSkip());
        return sampling.guidance().guided()
                ? Nd4j.concat(0, model.encode(negative, 0), conditional) // no layers are skipped for these in diffusers
                : conditional;
    }
}
