package org.sd15.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import org.sd15.pipeline.schedule.SamplerName;
import org.sd15.server.http.Call;
import org.sd15.server.http.HttpProblem;

/** Translates the fields of the web UI's API into those of a job. */
final class WebUiFields {

    private static final Map<String, String> SAME = Map.of(
            "prompt", "prompt",
            "negative_prompt", "negative",
            "seed", "seed",
            "steps", "steps",
            "cfg_scale", "guidance",
            "width", "width",
            "height", "height");

    private WebUiFields() {}

    /**
     * The job of a request.
     *
     * @param ofPicture whether it starts from a picture
     * @throws HttpProblem 422 if a field can't be done
     */
    static ObjectNode job(ObjectNode asked, boolean ofPicture) {
        ObjectNode job = Call.JSON.createObjectNode().put("kind", "generate").put("promptStyle", "webui");
        job.put("prompt", "").put("guidance", 7.0);
        SAME.forEach((theirs, ours) -> {
            if (asked.hasNonNull(theirs)) {
                job.set(ours, asked.get(theirs));
            }
        });
        job.put("scheduler", scheduler(asked));
        job.put("count", whole(asked, "batch_size") * whole(asked, "n_iter"));
        JsonNode skip = asked.path("override_settings").path("CLIP_stop_at_last_layers");
        if (skip.isInt() && skip.intValue() > 0) {
            job.put("clipSkip", skip.intValue() - 1);
        }
        JsonNode model = asked.path("override_settings").path("sd_model_checkpoint");
        if (model.isTextual()) {
            job.set("model", model);
        }
        if (asked.path("enable_hr").asBoolean()) {
            throw new HttpProblem(422, "enable_hr can't be done: there is no second pass here", "enable_hr");
        }
        if (ofPicture) {
            picture(asked, job);
        }
        return job;
    }

    private static String scheduler(ObjectNode asked) {
        String sampler = text(asked, "sampler_name", text(asked, "sampler_index", "Euler"));
        String schedule = text(asked, "scheduler", SamplerName.AUTOMATIC);
        schedule = schedule.substring(0, Math.min(1, schedule.length())).toUpperCase(java.util.Locale.ROOT)
                + schedule.substring(Math.min(1, schedule.length()));
        if (!WebUiRoutes.isKnown(sampler, schedule)) {
            boolean plain = WebUiRoutes.isKnown(sampler, SamplerName.AUTOMATIC);
            throw new HttpProblem(
                    422,
                    "there is no sampler \"%s\" with the schedule \"%s\"".formatted(sampler, schedule),
                    plain ? "scheduler" : "sampler_name");
        }
        return new SamplerName(sampler, schedule).name();
    }

    private static String text(ObjectNode asked, String name, String usual) {
        JsonNode node = asked.path(name);
        if (node.isMissingNode() || node.isNull() || node.asText().isEmpty()) {
            return usual;
        }
        if (!node.isTextual()) {
            throw new HttpProblem(422, "%s must be a text".formatted(name), name);
        }
        return node.textValue();
    }

    private static int whole(ObjectNode asked, String name) {
        JsonNode node = asked.path(name);
        if (node.isMissingNode() || node.isNull()) {
            return 1;
        }
        if (!node.isIntegralNumber() || !node.canConvertToInt() || node.intValue() < 1 || node.intValue() > 64) {
            throw new HttpProblem(422, "%s must be a whole number from 1 to 64".formatted(name), name);
        }
        return node.intValue();
    }

    private static void picture(ObjectNode asked, ObjectNode job) {
        JsonNode first = asked.path("init_images").path(0);
        if (!first.isTextual()) {
            throw new HttpProblem(422, "init_images must have a picture in base64", "init_images");
        }
        job.set("image", first);
        job.put("resize", asked.path("resize_mode").asInt() == 2 ? "pad" : "crop");
        job.put("strength", 0.75);
        if (asked.hasNonNull("denoising_strength")) {
            job.set("strength", asked.get("denoising_strength"));
        }
        if (asked.hasNonNull("mask")) {
            job.set("mask", asked.get("mask"));
            job.put("maskBlur", 4);
            if (asked.hasNonNull("mask_blur")) {
                job.set("maskBlur", asked.get("mask_blur"));
            }
            job.put("onlyMasked", asked.path("inpaint_full_res").asBoolean(true));
            job.put("invertMask", asked.path("inpainting_mask_invert").asInt() == 1);
        }
    }
}
