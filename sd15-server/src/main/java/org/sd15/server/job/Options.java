package org.sd15.server.job;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.sd15.pipeline.words.Window;
import org.sd15.server.http.Call;

/** The options of a command line that does the same as a job, and what a picture says of them. */
final class Options {

    private static final Set<String> SAID_OTHERWISE =
            Set.of("--seed", "--steps", "--guidance", "--lora", "--prompt-style");

    private final String command;
    private final List<String> words = new ArrayList<>();

    Options(String command) {
        this.command = command;
    }

    Options add(String option, @Nullable Object value) {
        if (value != null) {
            words.add(option);
            words.add(value.toString());
        }
        return this;
    }

    Options addUnless(String option, Object value, Object usual) {
        return value.equals(usual) ? this : add(option, value);
    }

    Options given(@Nullable Given picture) {
        if (picture != null) {
            add("--image", picture.field() + ".png");
            if (!picture.resize().equals("fit")) {
                add("--resize", picture.resize());
            }
        }
        return this;
    }

    /** All words. */
    List<String> arguments(Common common) {
        List<String> all = new ArrayList<>(List.of(command));
        all.addAll(words);
        common.addTo(all);
        return all;
    }

    /** The options under the keys that the command line gives them in pictures. */
    Map<String, String> parameters(Common common) {
        Map<String, List<String>> values = new LinkedHashMap<>();
        List<String> all = arguments(common);
        for (int i = 1; i + 1 < all.size(); i += 2) {
            if (!SAID_OTHERWISE.contains(all.get(i))) {
                String name = all.get(i).substring(2).replace('-', ' ');
                String key = name.substring(0, 1).toUpperCase(Locale.ROOT) + name.substring(1);
                values.computeIfAbsent(key, any -> new ArrayList<>()).add(all.get(i + 1));
            }
        }
        Map<String, String> parameters = new LinkedHashMap<>(Map.of("Command", command));
        values.forEach((key, texts) -> parameters.put(key, joined(texts)));
        return parameters;
    }

    private static String joined(List<String> texts) {
        if (texts.size() == 1 && !texts.get(0).startsWith("[")) {
            return texts.get(0);
        }
        try {
            return Call.JSON.writeValueAsString(texts);
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /** A part of the steps as the command line has it. */
    static String window(Window window) {
        return window.from() + ".." + window.to();
    }
}
