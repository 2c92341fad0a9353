package org.sd15.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Locale;
import java.util.Map;
import org.sd15.pipeline.schedule.SamplerName;
import org.sd15.server.http.Call;
import org.sd15.server.http.HttpProblem;

/** Translates the fields of the web UI's API into those of a job. */
final class WebUiFields {

    /** What a job's fields are called there. */
    static final Map<String, String> THEIRS = Map.ofEntries(
            Map.entry("negative", "negative_prompt"),
            Map.entry("guidance", "cfg_scale"),
            Map.entry("count", "batch_size"),
            Map.entry("scheduler", "sampler_name"),
            Map.entry("image", "init_images"),
            Map.entry("strength", "denoising_strength"),
            Map.entry("maskBlur", "mask_blur"),
            Map.entry("clipSkip", "CLIP_stop_at_last_layers"),
            Map.entry("model", "sd_model_checkpoint"));

    private static final Map<String, String> SAME = Map.of(
            "prompt", "prompt",
            "negative_prompt", "negative",
            "seed", "seed",
            "steps", "steps",
            "cfg_scale", "guidance",
            "width", "width",
            "height", "height");

    /** What changes the picture there and can't be done here, with what is to be done. */
    private static final Map<String, String> REFUSED = Map.of(
            "enable_hr", "there is no second pass here: send the picture to img2img, larger",
            "tiling", "there is no tiling here",
            "restore_faces", "there is no model of faces here",
            "script_name", "there are no scripts here",
            "alwayson_scripts", "there are no scripts here",
            "refiner_checkpoint", "there is no refiner here");

    private WebUiFields() {}

    /**
     * The job of a request.
     *
     * @param ofPicture whether it starts from a picture
     * @throws HttpProblem 422 if a field can't be done
     */
    static ObjectNode job(ObjectNode asked, boolean ofPicture) {
        refuse(asked);
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
            job.put("model", withoutHash(model.textValue()));
        }
        if (ofPicture) {
            picture(asked, job);
        }
        return job;
    }

    /** The name of a checkpoint as the web UI shows it, {@code name [hash]}, without the hash. */
    static String withoutHash(String title) {
        return title.replaceAll(" \\[[0-9a-f]*]$", "");
    }

    private static void refuse(ObjectNode asked) {
        REFUSED.forEach((name, reason) -> {
            JsonNode node = asked.path(name);
            boolean isSet = node.isContainerNode() ? !node.isEmpty() : node.asBoolean() || isWord(node);
            if (isSet) {
                throw new HttpProblem(422, "%s can't be done: %s".formatted(name, reason), name);
            }
        });
        if (asked.path("subseed_strength").asDouble() != 0) {
            throw new HttpProblem(422, "subseed_strength can't be done: noise is of one seed here", "subseed_strength");
        }
    }

    private static boolean isWord(JsonNode node) {
        return node.isTextual()
                && !node.textValue().isBlank()
                && !node.textValue().equalsIgnoreCase("none")
                && !node.textValue().equalsIgnoreCase("false");
    }

    private static String scheduler(ObjectNode asked) {
        String sampler = text(asked, "sampler_name", text(asked, "sampler_index", "Euler"));
        String schedule = text(asked, "scheduler", SamplerName.AUTOMATIC);
        schedule = schedule.substring(0, 1).toUpperCase(Locale.ROOT) + schedule.substring(1);
        if (!WebUiLists.isKnown(sampler, schedule)) {
            boolean plain = WebUiLists.isKnown(sampler, SamplerName.AUTOMATIC);
            throw new HttpProblem(
                    422,
                    "there is no sampler \"%s\" with the schedule \"%s\"".formatted(sampler, schedule),
                    plain ? "scheduler" : "sampler_name");
        }
        return new SamplerName(sampler, schedule).name();
    }

    private static String text(ObjectNode asked, String name, String usual) {
        JsonNode node = asked.path(name);
        if (node.isMissingNode() || node.isNull()) {
            return usual;
        }
        if (!node.isTextual()) {
            throw new HttpProblem(422, "%s must be a text".formatted(name), name);
        }
        return node.textValue().isBlank() ? usual : node.textValue();
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
