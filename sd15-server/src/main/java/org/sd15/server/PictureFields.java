package org.sd15.server;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigInteger;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.sd15.pipeline.image.GenerationParameters;
import org.sd15.pipeline.prompt.PromptStyle;
import org.sd15.pipeline.schedule.SamplerName;
import org.sd15.pipeline.schedule.Schedulers;
import org.sd15.server.http.Call;

/** The fields of a job that would draw what a picture says, as far as they are known here. */
final class PictureFields {

    private static final Pattern SIZE = Pattern.compile("(\\d{1,4})\\s*[xX]\\s*(\\d{1,4})");
    private static final Pattern WHOLE = Pattern.compile("-?\\d{1,20}");
    private static final Pattern NUMBER = Pattern.compile("-?\\d{1,9}(\\.\\d{1,18})?");

    private static final Map<String, String> WHOLES = Map.of("Steps", "steps", "Seed", "seed");
    private static final Map<String, String> NUMBERS = Map.of(
            "CFG scale", "guidance",
            "Eta", "eta",
            "Guidance rescale", "guidanceRescale",
            "Denoising strength", "strength");

    private PictureFields() {}

    /**
     * The fields.
     *
     * @param found what the picture says
     * @return those of {@code generate}; of what an editing command made, its kind with its prompts and what all kinds have
     */
    static ObjectNode of(GenerationParameters found) {
        Map<String, String> values = new LinkedHashMap<>(found.values());
        String kind = values.getOrDefault("Command", "generate");
        ObjectNode fields = Call.JSON.createObjectNode().put("kind", kind);
        WHOLES.forEach((key, field) -> {
            if (WHOLE.matcher(values.getOrDefault(key, "")).matches()) {
                fields.put(field, new BigInteger(values.get(key)).longValue());
            }
        });
        NUMBERS.forEach((key, field) -> {
            if (NUMBER.matcher(values.getOrDefault(key, "")).matches()) {
                fields.put(field, Double.parseDouble(values.get(key)));
            }
        });
        style(fields, values);
        scheduler(fields, values);
        if (!kind.equals("generate")) {
            texts(fields, values);
            return fields;
        }
        fields.put("prompt", found.prompt()).put("negative", found.negativePrompt());
        Matcher size = SIZE.matcher(values.getOrDefault("Size", ""));
        if (size.matches()) {
            fields.put("width", Integer.parseInt(size.group(1)));
            fields.put("height", Integer.parseInt(size.group(2)));
        }
        if (values.getOrDefault("Clip skip", "").matches("[1-9]\\d?")) {
            fields.put("clipSkip", Integer.parseInt(values.get("Clip skip")) - 1); // there, 1 is the last layer
        }
        return fields;
    }

    private static void style(ObjectNode fields, Map<String, String> values) {
        String style = values.getOrDefault("Prompt style", "plain");
        for (PromptStyle known : PromptStyle.values()) {
            if (known.name().equalsIgnoreCase(style)) {
                fields.put("promptStyle", style);
            }
        }
    }

    private static void scheduler(ObjectNode fields, Map<String, String> values) {
        String type = values.getOrDefault("Schedule type", SamplerName.AUTOMATIC);
        String name = new SamplerName(values.getOrDefault("Sampler", ""), type).name();
        if (Schedulers.isKnown(name)) {
            fields.put("scheduler", name);
        }
    }

    private static void texts(ObjectNode fields, Map<String, String> values) {
        for (String key : new String[] {"Prompt", "Source", "Target"}) {
            if (values.containsKey(key)) {
                fields.put(key.toLowerCase(Locale.ROOT), values.get(key));
            }
        }
    }
}
