package org.sd15.pipeline.edit.zero;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.pipeline.denoise.BatchAxis;
import org.sd15.pipeline.denoise.Denoising;
import org.sd15.pipeline.denoise.EditProgram;
import org.sd15.pipeline.denoise.JointRun;
import org.sd15.pipeline.denoise.RunFactory;
import org.sd15.pipeline.denoise.RunSettings;
import org.sd15.pipeline.denoise.Stage;
import org.sd15.pipeline.inversion.DdimInverter;
import org.sd15.pipeline.inversion.Inversion;
import org.sd15.pipeline.inversion.InversionRequest;
import org.sd15.pipeline.inversion.SourceTrajectory;
import org.sd15.pipeline.model.Components;
import org.sd15.pipeline.model.DiffusionModel;
import org.sd15.pipeline.schedule.Sampler;

/** Edits pictures along directions between concepts: for each request the source's picture, then the edited one. */
public final class Pix2PixZero {

    private static final int PICTURES = 2;

    private Pix2PixZero() {}

    /**
     * Prepares a run; given pictures are inverted at once.
     *
     * @param requests one or more, for pictures of one size; they agree on scheduler, steps and guidance
     * @throws IllegalArgumentException if they do not agree
     */
    public static Denoising run(DiffusionModel model, List<Pix2PixZeroRequest> requests) {
        Components parts = model.components();
        JointRun prompts = JointRun.of(
                parts,
                requests.stream().map(Pix2PixZeroRequest::settings).toList(),
                requests.stream().map(Pix2PixZeroRequest::source).toList());
        int directions = requests.stream()
                .mapToInt(request -> request.direction().tokens())
                .max()
                .orElseThrow();
        JointRun joint = new JointRun(parts, prompts.settings(), Math.max(prompts.tokens(), directions));
        Sampler sampler = joint.sampler();
        List<JointRun.Share> members =
                requests.stream().map(request -> part(joint, request, sampler)).toList();
        return joint.of(sampler, members, context(joint, requests));
    }

    /** {@link #run(DiffusionModel, List)} for one picture. */
    public static Denoising run(DiffusionModel model, Pix2PixZeroRequest request) {
        return run(model, List.of(request));
    }

    private static JointRun.Share part(JointRun joint, Pix2PixZeroRequest request, Sampler sampler) {
        RunFactory runs = joint.runs();
        List<EditProgram> programs = new ArrayList<>();
        INDArray picture = request.picture();
        Inversion inversion = request.inversion();
        if (inversion == null && picture != null) {
            inversion = new InversionRequest(new DdimInverter(), picture, List.of(request.source()), joint.settings())
                    .tokens(joint.tokens())
                    .on(joint.model());
        }
        INDArray start;
        if (inversion == null) {
            start = runs.startNoise(request.settings()).mul(sampler.initNoiseSigma());
        } else {
            request.settings().requireNoStart();
            start = inversion.level(inversion.steps());
            programs.add(new SourceTrajectory(inversion, 0));
        }
        Stage stage = joint.stage(sampler, start, PICTURES);
        if (request.amount() != 0) {
            programs.add(new CrossAttentionGuidance(request.amount()).over(stage));
        }
        programs.addAll(request.settings().programs(stage));
        List<String> prompts = Collections.nCopies(PICTURES, request.source());
        return new JointRun.Share(prompts, BatchAxis.repeat(start, PICTURES), EditProgram.chain(programs));
    }

    /** Text states of the rows: the direction is added to those of the edited picture. */
    private static INDArray context(JointRun joint, List<Pix2PixZeroRequest> requests) {
        RunSettings settings = joint.settings();
        int chunk = joint.model().tokenizer().encode("").maxLength();
        List<INDArray> conditional = new ArrayList<>();
        for (Pix2PixZeroRequest request : requests) {
            INDArray states = joint.encode(List.of(request.source()), settings.clipSkip());
            conditional.add(states);
            conditional.add(states.add(request.direction().over(Math.toIntExact(states.size(1)), chunk)));
        }
        INDArray all = Nd4j.concat(0, conditional.toArray(INDArray[]::new));
        if (!settings.guidance().guided()) {
            return all;
        }
        return Nd4j.concat(0, joint.encode(Collections.nCopies(PICTURES * requests.size(), ""), 0), all);
    }
}
