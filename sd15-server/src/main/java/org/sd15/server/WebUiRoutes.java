package org.sd15.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.sd15.pipeline.image.GenerationParameters;
import org.sd15.server.http.Call;
import org.sd15.server.http.Front;
import org.sd15.server.http.HttpProblem;
import org.sd15.server.job.FieldProblem;
import org.sd15.server.job.Job;
import org.sd15.server.job.JobFolder;
import org.sd15.server.job.JobQueue;
import org.sd15.server.job.LoadedModel;
import org.sd15.server.job.ModelShelf;
import org.sd15.server.job.TaskReader;

/**
 * The web UI's API, {@code /sdapi/v1}.
 *
 * @see <a href="https://github.com/AUTOMATIC1111/stable-diffusion-webui/wiki/API">the web UI's API</a>
 */
record WebUiRoutes(JobFolder folder, JobQueue queue, ModelShelf shelf, TaskReader reader) {

    private static final String V1 = "/sdapi/v1/";

    void addTo(Front front) {
        front.on("POST", V1 + "txt2img", call -> draw(call, false));
        front.on("POST", V1 + "img2img", call -> draw(call, true));
        front.on("GET", V1 + "progress", this::progress);
        front.on("POST", V1 + "interrupt", this::interrupt);
        front.on("POST", V1 + "skip", this::interrupt);
        front.on("GET", V1 + "options", call -> call.answer(200, options()));
        front.on("POST", V1 + "options", this::setOptions);
        front.on("POST", V1 + "png-info", this::pngInfo);
        new WebUiLists(shelf).addTo(front, V1);
    }

    private void draw(Call call, boolean ofPicture) throws IOException {
        ObjectNode asked = call.json();
        ObjectNode done = done(WebUiFields.job(asked, ofPicture));
        ObjectNode answer = Call.JSON.createObjectNode();
        ArrayNode images = answer.putArray("images");
        List<String> texts = new ArrayList<>();
        for (byte[] png : Submitting.pictures(folder, done)) {
            images.add(Base64.getEncoder().encodeToString(png));
            texts.add(ModelRoutes.parameters(reader, picture(png)).text());
        }
        answer.set("parameters", asked);
        answer.put("info", Call.JSON.writeValueAsString(info(done, texts)));
        call.answer(200, answer);
    }

    /** The fields of a problem are called as the client calls them. */
    private ObjectNode done(ObjectNode job) throws IOException {
        try {
            return Submitting.done(queue, job);
        } catch (HttpProblem problem) {
            throw problem.renamed(WebUiFields.THEIRS);
        }
    }

    private static ObjectNode picture(byte[] png) {
        return Call.JSON.createObjectNode().put("image", Base64.getEncoder().encodeToString(png));
    }

    private ObjectNode info(ObjectNode done, List<String> texts) {
        JsonNode request = done.get("request");
        long seed = request.get("seed").longValue();
        ObjectNode info = Call.JSON.createObjectNode();
        info.put("prompt", request.get("prompt").textValue());
        info.put("negative_prompt", request.get("negative").textValue());
        info.put("seed", seed).put("subseed", -1).put("subseed_strength", 0);
        info.put("steps", request.get("steps").intValue())
                .put("cfg_scale", request.get("guidance").doubleValue());
        info.put("sampler_name", request.path("scheduler").asText());
        info.put("batch_size", request.get("count").intValue()).put("index_of_first_image", 0);
        info.put("clip_skip", request.get("clipSkip").intValue() + 1);
        info.put("job_timestamp", done.get("created").textValue());
        JsonNode first = done.path("files").path(0);
        info.put("width", first.path("width").asInt())
                .put("height", first.path("height").asInt());
        info.put("sd_model_hash", shelf.loaded().map(LoadedModel::hash).orElse(""));
        info.put("sd_model_name", request.path("model").asText());
        ArrayNode prompts = info.putArray("all_prompts");
        ArrayNode negatives = info.putArray("all_negative_prompts");
        ArrayNode seeds = info.putArray("all_seeds");
        ArrayNode infotexts = info.putArray("infotexts");
        for (int i = 0; i < texts.size(); i++) {
            prompts.add(request.get("prompt"));
            negatives.add(request.get("negative"));
            seeds.add(seed + i);
            infotexts.add(texts.get(i));
        }
        return info;
    }

    private void progress(Call call) throws IOException {
        ObjectNode answer = Call.JSON.createObjectNode();
        Optional<Job> running = queue.running();
        JsonNode view = running.map(job -> (JsonNode) job.view()).orElse(Call.JSON.createObjectNode());
        int steps = view.path("steps").asInt();
        int step = view.path("step").asInt();
        answer.put("progress", steps == 0 ? 0.0 : Math.min(1.0, (double) step / steps));
        answer.put("eta_relative", view.path("secondsLeft").asDouble());
        ObjectNode state = answer.putObject("state");
        state.put("skipped", false)
                .put("interrupted", running.map(Job::isInterrupted).orElse(false))
                .put("job", view.path("id").asText(""));
        state.put("job_count", queue.active().size())
                .put("job_timestamp", view.path("created").asText("0"));
        state.put("job_no", 0).put("sampling_step", step).put("sampling_steps", steps);
        boolean skip =
                call.query("skip_current_image").map("true"::equalsIgnoreCase).orElse(false);
        byte[] png = skip
                ? null
                : running.flatMap(job -> shelf.loaded().map(model -> job.preview(model.preview())))
                        .orElse(null);
        answer.put("current_image", png == null ? null : Base64.getEncoder().encodeToString(png));
        answer.putNull("textinfo");
        call.answer(200, answer);
    }

    private void interrupt(Call call) throws IOException {
        queue.interrupt();
        call.answer(200, Call.JSON.createObjectNode());
    }

    private ObjectNode options() {
        String hash = shelf.loaded().map(LoadedModel::hash).orElse("");
        ObjectNode options = Call.JSON.createObjectNode();
        options.put("sd_model_checkpoint", shelf.selected()).put("sd_checkpoint_hash", hash);
        return options.put("CLIP_stop_at_last_layers", 1).put("samples_format", "png");
    }

    private void setOptions(Call call) throws IOException {
        ObjectNode asked = call.json();
        JsonNode model = asked.path("sd_model_checkpoint");
        if (!model.isMissingNode() && !model.isNull()) {
            try {
                shelf.select(WebUiFields.withoutHash(model.asText()));
            } catch (FieldProblem problem) {
                throw new HttpProblem(422, String.valueOf(problem.getMessage()), "sd_model_checkpoint");
            }
        }
        call.answer(200, Call.JSON.nullNode());
    }

    private void pngInfo(Call call) throws IOException {
        GenerationParameters found = ModelRoutes.parameters(reader, call.json());
        ObjectNode answer = Call.JSON.createObjectNode().put("info", found.text());
        answer.putObject("items").put("parameters", found.text());
        Map<String, String> values = new LinkedHashMap<>(found.values());
        ObjectNode parameters = answer.putObject("parameters").put("Prompt", found.prompt());
        parameters.put("Negative prompt", found.negativePrompt());
        values.forEach(parameters::put);
        call.answer(200, answer);
    }
}
