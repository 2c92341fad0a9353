package org.sd15.pipeline.edit.instruct;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.pipeline.denoise.Denoising;
import org.sd15.pipeline.denoise.EditProgram;
import org.sd15.pipeline.denoise.JointRun;
import org.sd15.pipeline.denoise.LatentStart;
import org.sd15.pipeline.denoise.NoiseSource;
import org.sd15.pipeline.denoise.PictureRandom;
import org.sd15.pipeline.denoise.RunSettings;
import org.sd15.pipeline.denoise.RunTexts;
import org.sd15.pipeline.denoise.Stage;
import org.sd15.pipeline.model.Components;
import org.sd15.pipeline.model.DiffusionModel;
import org.sd15.pipeline.prompt.PromptSchedule;
import org.sd15.pipeline.random.TorchRandom;
import org.sd15.pipeline.schedule.Sampler;
import org.sd15.pipeline.vae.Vae;

/**
 * Changes pictures as instructions say. The UNet sees the latents of the picture beside the noisy ones: the most probable
 * latents, not scaled, and zeros in the row that knows neither the picture nor the instruction.
 *
 * @see "diffusers 0.42.1, pipeline_stable_diffusion_instruct_pix2pix.py"
 */
public final class InstructPix2Pix {

    private InstructPix2Pix() {}

    /**
     * Prepares a run.
     *
     * @param requests one or more, for pictures of one size; they agree on scheduler, steps and guidance; random
     *     numbers come for each picture from its own seed
     * @throws IllegalArgumentException if the model's UNet does not take the latents of a picture, or they do not agree
     */
    public static Denoising run(DiffusionModel loaded, List<InstructRequest> requests) {
        Components model = loaded.components();
        InstructRequest first = requests.get(0);
        requests.forEach(
                request -> JointRun.requireSame("image guidance", first.imageGuidance(), request.imageGuidance()));
        JointRun joint = JointRun.of(
                model,
                requests.stream().map(InstructRequest::settings).toList(),
                requests.stream()
                        .flatMap(request -> Stream.of(request.instruction(), request.negative()))
                        .toList());
        RunSettings settings = joint.settings();
        var guidance = new ImageGuidance(settings.guidance().scale(), first.imageGuidance());
        requests.forEach(request -> request.settings().requireNoSize());
        INDArray kept = kept(model, requests);
        Sampler sampler = Objects.requireNonNullElse(settings.scheduler(), model.scheduler())
                .sampler(settings.steps());
        PictureRandom random = random(requests);
        INDArray noise = given(requests, kept, random);
        List<EditProgram> programs = new ArrayList<>();
        Stage stage = joint.runs().stage(sampler, kept, guidance);
        RunTexts texts = texts(joint, requests, guidance, sampler);
        programs.add(texts.program());
        requests.forEach(request -> programs.addAll(request.settings().programs(stage)));
        var inputs = new Denoising.Inputs(
                sampler,
                guidance,
                texts.first(),
                EditProgram.chain(programs),
                settings.noise() == null
                        ? (step, shape) -> random.randn(shape)
                        : NoiseSource.of(Objects.requireNonNull(settings.noise())),
                guidance.guided() ? Nd4j.concat(0, Nd4j.zerosLike(kept), kept, kept) : kept);
        return new Denoising(model.unet(), inputs, noise.mul(sampler.initNoiseSigma()));
    }

    /** {@link #run(DiffusionModel, List)} for one picture. */
    public static Denoising run(DiffusionModel model, InstructRequest request) {
        return run(model, List.of(request));
    }

    private static PictureRandom random(List<InstructRequest> requests) {
        return new PictureRandom(requests.stream()
                .map(request -> new TorchRandom(request.settings().seeds().get(0)))
                .toList());
    }

    private static INDArray given(List<InstructRequest> requests, INDArray kept, PictureRandom random) {
        INDArray latents = requests.get(0).settings().latents();
        return latents == null ? random.randn(kept.shape()) : LatentStart.given(latents, kept.shape());
    }

    /** Latents of the pictures, {@code [pictures, 4, h, w]}. */
    private static INDArray kept(Components model, List<InstructRequest> requests) {
        Vae vae = model.vae();
        int latents = vae.config().latentChannels();
        int channels = model.unet().config().inChannels();
        if (channels != 2 * latents) {
            throw new IllegalArgumentException(
                    "the UNet takes %d channels; one that follows instructions takes %d, noisy latents and those of the picture"
                            .formatted(channels, 2 * latents));
        }
        return Nd4j.concat(
                0,
                requests.stream()
                        .map(request -> vae.encodePictures(request.picture()).mode())
                        .toArray(INDArray[]::new));
    }

    /** The text states of each call. */
    private static RunTexts texts(
            JointRun joint, List<InstructRequest> requests, ImageGuidance guidance, Sampler sampler) {
        PromptSchedule schedule = joint.schedule(sampler);
        List<String> instructions = texts(requests, InstructRequest::instruction);
        List<String> negative = texts(requests, InstructRequest::negative);
        int pictures = requests.size();
        List<List<String>> each = IntStream.range(0, sampler.calls())
                .mapToObj(call -> Stream.of(instructions, negative)
                        .flatMap(texts -> schedule.at(texts, call).stream())
                        .toList())
                .toList();
        return RunTexts.scheduled(
                guidance,
                each,
                texts -> context(joint, texts.subList(0, pictures), texts.subList(pictures, 2 * pictures), guidance));
    }

    private static INDArray context(JointRun joint, List<String> texts, List<String> avoided, ImageGuidance guidance) {
        INDArray instructions = joint.encode(texts, joint.settings().clipSkip());
        if (!guidance.guided()) {
            return instructions;
        }
        INDArray negative = joint.encode(avoided, 0);
        return Nd4j.concat(0, negative, negative, instructions);
    }

    private static List<String> texts(List<InstructRequest> requests, Function<InstructRequest, String> text) {
        return requests.stream().map(text).toList();
    }
}
