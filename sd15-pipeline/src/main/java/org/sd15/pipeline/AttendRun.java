package org.sd15.pipeline;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.edit.AttendAndExcite;
import org.sd15.pipeline.edit.AttendAndExciteProgram;
import org.sd15.pipeline.edit.EditProgram;
import org.sd15.pipeline.edit.Grid;
import org.sd15.pipeline.edit.PromptWords;
import org.sd15.pipeline.schedule.Sampler;

/** A run of Attend-and-Excite: pictures in which every subject of their prompts is to be seen. */
public final class AttendRun {

    private final List<AttendAndExciteProgram> programs;
    private final Denoising run;

    private AttendRun(List<AttendAndExciteProgram> programs, Denoising run) {
        this.programs = programs;
        this.run = run;
    }

    /**
     * One picture.
     *
     * @param prompt what to draw
     * @param words subjects of the prompt
     * @param settings steps, guidance, randomness, size
     * @param method changes the published settings of Attend-and-Excite
     */
    public record Subject(
            String prompt, List<String> words, RunSettings settings, UnaryOperator<AttendAndExcite> method) {

        /** Copies the list. */
        public Subject {
            words = List.copyOf(words);
        }

        /** A picture with the published settings. */
        public static Subject of(String prompt, List<String> words, UnaryOperator<RunSettings> sampling) {
            return new Subject(prompt, words, sampling.apply(RunSettings.DEFAULT), UnaryOperator.identity());
        }

        /** This picture with other settings. */
        public Subject with(UnaryOperator<AttendAndExcite> change) {
            return new Subject(prompt, words, settings, change);
        }
    }

    /**
     * Prepares a run.
     *
     * @param pictures one or more, of one size; they agree on scheduler, steps and guidance
     * @throws IllegalArgumentException if a word is not in its prompt, or they do not agree
     */
    public static AttendRun of(StableDiffusion model, List<Subject> pictures) {
        JointRun joint =
                JointRun.of(model, pictures.stream().map(Subject::settings).toList());
        Sampler sampler = joint.sampler();
        RunFactory runs = new RunFactory(model);
        List<AttendAndExciteProgram> programs = new ArrayList<>();
        List<JointRun.Part> parts = new ArrayList<>();
        for (Subject picture : pictures) {
            INDArray start = runs.startNoise(picture.settings()).mul(sampler.initNoiseSigma());
            Grid latents = JointRun.grid(start);
            PromptWords prompt = PromptWords.of(picture.prompt(), model.tokenizer()::encode);
            AttendAndExciteProgram program = picture.method()
                    .apply(AttendAndExcite.of(prompt, picture.words()))
                    .over(joint.sites(latents), latents, sampler.calls());
            programs.add(program);
            List<EditProgram> all = new ArrayList<>(List.of(program));
            all.addAll(picture.settings().programs());
            parts.add(new JointRun.Part(List.of(picture.prompt()), start, EditProgram.chain(all)));
        }
        return new AttendRun(programs, joint.of(sampler, parts));
    }

    /** The run. Its latents are {@code [pictures, 4, h, w]}. */
    public Denoising run() {
        return run;
    }

    /** The losses of a picture in a step that is done; see {@link AttendAndExciteProgram#losses}. */
    public List<Double> losses(int picture, int step) {
        return programs.get(picture).losses(step);
    }
}
