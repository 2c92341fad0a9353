package org.sd15.server.job;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.denoise.Denoising;
import org.sd15.pipeline.denoise.DenoisingStep;
import org.sd15.pipeline.image.GenerationParameters;
import org.sd15.pipeline.image.Pictures;
import org.sd15.pipeline.image.PngFile;
import org.sd15.server.http.Call;

/** A task while it is done: its model, its progress, and what it leaves. */
final class TaskRun {

    private final Job job;
    private final LoadedModel loaded;
    private final JobEvents events;
    private final JobFolder folder;
    private final BooleanSupplier stopping;
    private final Map<String, byte[]> made = new LinkedHashMap<>();
    private final ArrayNode files = Call.JSON.createArrayNode();
    private final ObjectNode result = Call.JSON.createObjectNode();
    private final long begun = System.nanoTime();
    private int done;
    private int total;

    TaskRun(Job job, LoadedModel loaded, JobEvents events, JobFolder folder, BooleanSupplier stopping) {
        this.job = job;
        this.loaded = loaded;
        this.events = events;
        this.folder = folder;
        this.stopping = stopping;
    }

    StableDiffusion model() {
        return loaded.model();
    }

    LoadedModel loaded() {
        return loaded;
    }

    String id() {
        return job.id();
    }

    /** All prompts as they were written. */
    List<String> prompts() {
        return job.task().prompts();
    }

    /** Where a picture is that was sent. */
    Path upload(String field) {
        return folder.path(job.id(), field);
    }

    /** What clients see of the result. */
    ObjectNode result() {
        return result;
    }

    ArrayNode files() {
        return files;
    }

    Map<String, byte[]> made() {
        return made;
    }

    /** Says how many steps there will be. */
    void expect(int steps) {
        total = steps;
        job.total(steps);
        events.running(job, steps);
    }

    /** Says that there will be more steps than was said. */
    void expectMore(int steps) {
        expect(total + steps);
    }

    /** Ends here if that was asked for. */
    void pause() {
        if (job.isCancelled() || stopping.getAsBoolean()) {
            throw new CancellationException();
        }
    }

    /** How many steps are done, of all pictures. */
    int done() {
        return done;
    }

    /** One step is done. */
    void step(String phase, int picture) {
        done++;
        double seconds = (System.nanoTime() - begun) / 1e9;
        job.at(done, seconds / done * Math.max(0, total - done), phase);
        events.step(job, phase, picture);
        pause();
    }

    /** Whether this is to end with what there is. */
    boolean isInterrupted() {
        return job.isInterrupted();
    }

    /**
     * Does all steps of a run.
     *
     * @return its latents; if the job is interrupted, what the last step foresaw of them
     */
    INDArray finish(Denoising run, String phase, int picture) {
        pause();
        Common common = job.task().common();
        while (run.hasNext()) {
            DenoisingStep step = run.next();
            int number = step.index() + 1;
            if (common.previewEvery() > 0 && number % common.previewEvery() == 0) {
                boolean exact = common.decodeEvery() > 0 && number % common.decodeEvery() == 0;
                preview(step.predOriginalSample(), picture, exact);
            }
            step(phase, picture);
            if (isInterrupted() && run.hasNext()) {
                return step.predOriginalSample();
            }
        }
        return run.latents();
    }

    /**
     * Shows the last of some pictures.
     *
     * @param latents without noise, {@code [pictures, 4, h, w]}
     */
    void preview(INDArray latents, int picture, boolean exact) {
        INDArray last = latents.get(NDArrayIndex.interval(latents.size(0) - 1, latents.size(0)));
        float[] values = last.dup('c').data().asFloat();
        job.preview(values, (int) latents.size(2), (int) latents.size(3));
        if (!events.isWatched(job.id())) {
            return;
        }
        byte[] png = exact
                ? LatentPreview.encode(Pictures.toImages(model().decode(last)).get(0))
                : loaded.preview().png(values, (int) latents.size(2), (int) latents.size(3));
        ObjectNode data = Call.JSON.createObjectNode().put("id", job.id()).put("step", done + 1);
        data.put("image", "data:image/png;base64," + Base64.getEncoder().encodeToString(png));
        data.put("exact", exact).put("picture", picture);
        events.preview(job, data);
    }

    /** Keeps a picture of the result. */
    ObjectNode save(String name, String role, BufferedImage image, Map<String, String> texts) throws IOException {
        made.put(name, PngFile.encode(image, texts));
        ObjectNode file = files.addObject().put("name", name).put("role", role);
        return file.put("width", image.getWidth()).put("height", image.getHeight());
    }

    /** The texts of a picture: its parameters in the form of the web UI. */
    Map<String, String> texts(String prompt, String negative, Map<String, String> values) {
        Map<String, String> all = new LinkedHashMap<>(values);
        all.put("Version", loaded.version());
        return Map.of("parameters", new GenerationParameters(prompt, negative, all).text());
    }
}
