package org.sd15.pipeline.edit.attend;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.denoise.ByStep;
import org.sd15.pipeline.denoise.Denoising;
import org.sd15.pipeline.denoise.EditProgram;
import org.sd15.pipeline.denoise.JointRun;
import org.sd15.pipeline.denoise.RunFactory;
import org.sd15.pipeline.denoise.Stage;
import org.sd15.pipeline.model.Components;
import org.sd15.pipeline.model.DiffusionModel;
import org.sd15.pipeline.prompt.PromptSchedule;
import org.sd15.pipeline.schedule.Sampler;
import org.sd15.pipeline.words.PromptWords;
import org.sd15.pipeline.words.WordsByStep;

/** A run of Attend-and-Excite: pictures in which every subject of their prompts is to be seen. */
public final class AttendRun {

    private final List<List<AttendAndExciteProgram>> programs;
    private final Denoising run;

    private AttendRun(List<List<AttendAndExciteProgram>> programs, Denoising run) {
        this.programs = programs;
        this.run = run;
    }

    /**
     * Prepares a run.
     *
     * @param pictures one or more, of one size; they agree on scheduler, steps and guidance
     * @throws IllegalArgumentException if a word is not in its prompt, or they do not agree
     */
    public static AttendRun of(DiffusionModel model, List<AttendRequest> pictures) {
        Components components = model.components();
        JointRun joint = JointRun.of(
                components,
                pictures.stream().map(AttendRequest::settings).toList(),
                pictures.stream().map(AttendRequest::prompt).toList());
        Sampler sampler = joint.sampler();
        RunFactory runs = joint.runs();
        List<List<AttendAndExciteProgram>> programs = new ArrayList<>();
        List<JointRun.Share> shares = new ArrayList<>();
        for (AttendRequest picture : pictures) {
            INDArray start = runs.startNoise(picture.settings()).mul(sampler.initNoiseSigma());
            Stage stage = joint.stage(sampler, start, 1);
            List<AttendAndExciteProgram> each = each(components, picture, joint.schedule(sampler), stage);
            programs.add(each);
            List<EditProgram> all = new ArrayList<>(List.of(new ByStep(List.copyOf(each))));
            all.addAll(picture.settings().programs(stage));
            shares.add(new JointRun.Share(List.of(picture.prompt()), start, EditProgram.chain(all)));
        }
        return new AttendRun(programs, joint.of(sampler, shares));
    }

    /** The program of each step, for the prompt that is in force there: it must have all of the words. */
    private static List<AttendAndExciteProgram> each(
            Components model, AttendRequest picture, PromptSchedule schedule, Stage stage) {
        WordsByStep prompt = WordsByStep.of(picture.prompt(), schedule, model.tokenizer());
        Map<PromptWords, AttendAndExciteProgram> known = new HashMap<>();
        return IntStream.range(0, schedule.calls())
                .mapToObj(step -> known.computeIfAbsent(
                        prompt.at(step),
                        words -> picture.method()
                                .apply(AttendAndExcite.of(words, picture.words()))
                                .over(stage)))
                .toList();
    }

    /** The run. Its latents are {@code [pictures, 4, h, w]}. */
    public Denoising run() {
        return run;
    }

    /** The losses of a picture in a step that is done; see {@link AttendAndExciteProgram#losses}. */
    public List<Double> losses(int picture, int step) {
        return programs.get(picture).get(step).losses(step);
    }
}
