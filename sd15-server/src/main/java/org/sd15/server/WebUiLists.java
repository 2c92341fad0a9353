package org.sd15.server;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import org.sd15.pipeline.schedule.SamplerName;
import org.sd15.pipeline.schedule.Schedulers;
import org.sd15.server.http.Call;
import org.sd15.server.http.Front;
import org.sd15.server.job.LoadedModel;
import org.sd15.server.job.ModelShelf;

/** What the web UI's clients ask for before they draw: models, samplers, LoRAs, and lists of what isn't here, which are empty. */
record WebUiLists(ModelShelf shelf) {

    private static final List<String> SAMPLERS = List.of(
            "Euler",
            "Euler a",
            "DDIM",
            "PLMS",
            "LMS",
            "Heun",
            "DPM2",
            "DPM2 a",
            "DPM++ 2M",
            "DPM++ 2M SDE",
            "DPM++ 2M SDE Heun",
            "DPM++ 3M SDE",
            "DPM++ SDE",
            "UniPC",
            "LCM");
    private static final List<String> SCHEDULES = List.of("Automatic", "Uniform", "Karras", "Exponential", "Beta");
    private static final List<String> EMPTY = List.of(
            "hypernetworks",
            "face-restorers",
            "realesrgan-models",
            "prompt-styles",
            "sd-vae",
            "sd-modules",
            "latent-upscale-modes",
            "artists",
            "artist-categories");
    private static final List<String> WITHOUT_EFFECT =
            List.of("refresh-checkpoints", "refresh-loras", "unload-checkpoint", "reload-checkpoint");

    void addTo(Front front, String prefix) {
        front.on("GET", prefix + "sd-models", call -> call.answer(200, models()));
        front.on("GET", prefix + "samplers", call -> call.answer(200, named(SAMPLERS)));
        front.on("GET", prefix + "schedulers", call -> call.answer(200, schedules()));
        front.on("GET", prefix + "upscalers", call -> call.answer(200, named(List.of("None"))));
        front.on("GET", prefix + "loras", call -> call.answer(200, named(shelf.loras())));
        front.on("GET", prefix + "embeddings", call -> call.answer(200, embeddings()));
        front.on("GET", prefix + "scripts", WebUiLists::scripts);
        front.on("GET", prefix + "cmd-flags", call -> call.answer(200, Call.JSON.createObjectNode()));
        front.on("GET", prefix + "memory", WebUiLists::memory);
        EMPTY.forEach(name -> front.on("GET", prefix + name, call -> call.answer(200, Call.JSON.createArrayNode())));
        WITHOUT_EFFECT.forEach(name -> front.on("POST", prefix + name, call -> call.answer(200, Call.JSON.nullNode())));
    }

    private ArrayNode models() {
        ArrayNode models = Call.JSON.createArrayNode();
        for (String name : shelf.models()) {
            String hash = shelf.loaded()
                    .filter(model -> model.name().equals(name))
                    .map(LoadedModel::hash)
                    .orElse(null);
            ObjectNode model = models.addObject().put("title", name).put("model_name", name);
            model.put("hash", hash).putNull("sha256").put("filename", name).putNull("config");
        }
        return models;
    }

    private static ArrayNode named(List<String> names) {
        ArrayNode all = Call.JSON.createArrayNode();
        for (String name : names) {
            ObjectNode one = all.addObject().put("name", name).put("alias", name);
            one.putArray("aliases");
            one.putObject("options");
        }
        return all;
    }

    private static ArrayNode schedules() {
        ArrayNode all = Call.JSON.createArrayNode();
        SCHEDULES.forEach(name -> all.addObject()
                .put("name", name.toLowerCase(Locale.ROOT))
                .put("label", name)
                .putNull("aliases"));
        return all;
    }

    /** Those of the loaded model, and those that it can't take; each with the number of its vectors. */
    private ObjectNode embeddings() {
        ObjectNode answer = Call.JSON.createObjectNode();
        ObjectNode loaded = answer.putObject("loaded");
        ObjectNode skipped = answer.putObject("skipped");
        shelf.loaded()
                .map(LoadedModel::embeddings)
                .orElse(List.of())
                .forEach(word -> (word.problem() == null ? loaded : skipped)
                        .putObject(word.token())
                        .putNull("step")
                        .putNull("sd_checkpoint")
                        .putNull("sd_checkpoint_name")
                        .put("shape", word.width())
                        .put("vectors", word.vectors()));
        return answer;
    }

    private static void scripts(Call call) throws IOException {
        ObjectNode answer = Call.JSON.createObjectNode();
        answer.putArray("txt2img");
        answer.putArray("img2img");
        call.answer(200, answer);
    }

    private static void memory(Call call) throws IOException {
        Runtime runtime = Runtime.getRuntime();
        ObjectNode answer = Call.JSON.createObjectNode();
        answer.putObject("ram")
                .put("free", runtime.freeMemory())
                .put("used", runtime.totalMemory() - runtime.freeMemory())
                .put("total", runtime.maxMemory());
        answer.putObject("cuda").put("error", "unavailable");
        call.answer(200, answer);
    }

    /** Whether a sampler of the web UI, with a schedule type, is one of ours. */
    static boolean isKnown(String sampler, String schedule) {
        return Schedulers.isKnown(new SamplerName(sampler, schedule).name());
    }
}
