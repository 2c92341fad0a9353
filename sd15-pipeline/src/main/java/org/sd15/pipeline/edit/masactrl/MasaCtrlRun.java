package org.sd15.pipeline.edit.masactrl;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.denoise.BatchAxis;
import org.sd15.pipeline.denoise.Denoising;
import org.sd15.pipeline.denoise.EditProgram;
import org.sd15.pipeline.denoise.JointRun;
import org.sd15.pipeline.denoise.Stage;
import org.sd15.pipeline.inversion.DdimInverter;
import org.sd15.pipeline.inversion.Inversion;
import org.sd15.pipeline.inversion.InversionRequest;
import org.sd15.pipeline.inversion.SourceTrajectory;
import org.sd15.pipeline.model.Components;
import org.sd15.pipeline.model.DiffusionModel;
import org.sd15.pipeline.schedule.Sampler;
import org.sd15.pipeline.words.EditPrompts;

/** A run of MasaCtrl: for each request the source's picture and then those of its targets, all in one batch. */
public final class MasaCtrlRun {

    /** What one request became. */
    private record Member(
            JointRun.Share part,
            MasaCtrlProgram control,
            @Nullable Inversion inversion) {}

    private final List<Member> members;
    private final Denoising run;

    private MasaCtrlRun(List<Member> members, Denoising run) {
        this.members = members;
        this.run = run;
    }

    /**
     * Prepares a run; given pictures are inverted at once.
     *
     * @param requests one or more, for pictures of one size; they agree on scheduler, steps and guidance
     * @throws IllegalArgumentException if a word of a mask is not in its prompt, or they do not agree
     */
    public static MasaCtrlRun of(DiffusionModel model, List<MasaCtrlRequest> requests) {
        JointRun joint = JointRun.of(
                model.components(),
                requests.stream().map(MasaCtrlRequest::settings).toList(),
                requests.stream().flatMap(MasaCtrlRun::prompts).toList());
        Sampler sampler = joint.sampler();
        List<Member> members = requests.stream()
                .map(request -> member(joint, request, sampler))
                .toList();
        return new MasaCtrlRun(
                members, joint.of(sampler, members.stream().map(Member::part).toList()));
    }

    /** {@link #of(DiffusionModel, List)} for one picture. */
    public static MasaCtrlRun of(DiffusionModel model, MasaCtrlRequest request) {
        return of(model, List.of(request));
    }

    private static Stream<String> prompts(MasaCtrlRequest request) {
        return Stream.concat(Stream.of(request.source()), request.targets().stream());
    }

    private static Member member(JointRun joint, MasaCtrlRequest request, Sampler sampler) {
        Components model = joint.model();
        EditPrompts prompts = request.words(model, joint.schedule(sampler));
        INDArray picture = request.picture();
        request.requireWords(prompts); // before a picture is inverted
        Inversion inversion = request.inversion();
        if (inversion == null && picture != null) {
            inversion = new InversionRequest(new DdimInverter(), picture, List.of(request.source()), joint.settings())
                    .tokens(joint.tokens())
                    .on(model);
        }
        if (inversion != null) {
            request.settings().requireNoStart();
        }
        INDArray start = inversion == null
                ? joint.runs().startNoise(request.settings()).mul(sampler.initNoiseSigma())
                : inversion.level(inversion.steps());
        Stage stage = joint.stage(sampler, start, prompts.pictures());
        MasaCtrlProgram control = request.control().of(prompts).over(stage);
        List<EditProgram> programs = new ArrayList<>(List.of(control));
        if (inversion != null && request.direct()) {
            programs.add(new SourceTrajectory(inversion, 0));
        }
        programs.addAll(request.settings().programs(stage));
        List<String> texts = prompts(request).toList();
        INDArray all = BatchAxis.repeat(start, prompts.pictures());
        return new Member(new JointRun.Share(texts, all, EditProgram.chain(programs)), control, inversion);
    }

    /** The run. Its latents are {@code [pictures, 4, h, w]}. */
    public Denoising run() {
        return run;
    }

    /** The inversion of a request's picture, if it gave one. */
    public Optional<Inversion> inversion(int request) {
        return Optional.ofNullable(members.get(request).inversion);
    }

    /**
     * The foregrounds of a request's pictures as a step saw them, {@code [1 + targets, h, w]}, the source's first; if it
     * has masks.
     */
    public Optional<INDArray> foreground(int request, int step) {
        return members.get(request).control.foreground(step);
    }
}
