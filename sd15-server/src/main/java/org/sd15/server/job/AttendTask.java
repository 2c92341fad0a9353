package org.sd15.server.job;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.edit.attend.AttendRequest;
import org.sd15.pipeline.edit.attend.AttendRun;
import org.sd15.pipeline.image.Pictures;
import org.sd15.pipeline.words.PromptWords;
import org.sd15.pipeline.words.Window;

/** Draws a prompt so that its subjects are all there, by Attend-and-Excite. */
record AttendTask(Common common, String prompt, List<String> words, double share, double stepSize, int attempts)
        implements Task {

    static AttendTask of(Fields fields, Limits limits) {
        List<String> words = fields.texts("words");
        if (words.isEmpty()) {
            throw new FieldProblem("words", "words is missing: which subjects have to be there");
        }
        return new AttendTask(
                Common.of(fields, limits),
                fields.required("prompt"),
                words,
                fields.number("attendSteps", 0.5, 0, 1),
                fields.number("stepSize", 20, 0, 1000),
                (int) fields.whole("attempts", 20, 0, 100));
    }

    @Override
    public List<String> prompts() {
        return List.of(prompt);
    }

    @Override
    public void check(StableDiffusion model) {
        PromptWords found = WordsView.of(common.withoutLoras(prompt), common.style(), model.tokenizer());
        words.forEach(found::tokens);
    }

    @Override
    public void run(TaskRun run) throws IOException {
        StableDiffusion model = run.model();
        run.expect(common.steps());
        AttendRun attend = AttendRequest.of(common.withoutLoras(prompt), words)
                .sampling(set -> common.settings(set, model))
                .method(usual -> usual.moving(Window.until(share), stepSize).attempts(attempts))
                .on(model);
        run.finish(attend.run(), "drawing", 1);
        BufferedImage drawn =
                Pictures.toImages(model.decode(attend.run().latents())).get(0);
        Map<String, String> values = Results.values(run, common, common.editing(model), drawn, common.seed());
        values.putAll(options().parameters(common));
        run.save("picture-1.png", "picture", drawn, run.texts(prompt, "", values))
                .put("seed", common.seed());
    }

    private Options options() {
        Options options = new Options("attend").add("--prompt", prompt).add("--words", String.join(",", words));
        options.addUnless("--attend-steps", share, 0.5).addUnless("--step-size", stepSize, 20.0);
        return options.addUnless("--attempts", attempts, 20);
    }

    @Override
    public List<String> arguments() {
        return options().arguments(common);
    }
}
