package org.sd15.server.http;

import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.regex.Pattern;

/** The files of the page, from the resources beside a class. */
public final class PageResources {

    private static final String FOLDER = "/org/sd15/server/page/";
    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9-]*(\\.[a-z0-9-]+)*\\.[a-z0-9]+");
    private static final Map<String, String> TYPES = Map.of(
            "html", "text/html; charset=utf-8",
            "js", "text/javascript; charset=utf-8",
            "css", "text/css; charset=utf-8",
            "svg", "image/svg+xml",
            "png", "image/png",
            "json", "application/json",
            "woff2", "font/woff2");

    private PageResources() {}

    /**
     * Answers with a file of the page.
     *
     * @param name without folders; what is no such name is not looked for
     * @throws HttpProblem 404 if there is none
     */
    public static void answer(Call call, String name) throws IOException {
        String type = TYPES.get(name.substring(name.lastIndexOf('.') + 1));
        if (type != null && NAME.matcher(name).matches()) {
            try (InputStream file = PageResources.class.getResourceAsStream(FOLDER + name)) {
                if (file != null) {
                    call.set("Cache-Control", "no-cache");
                    call.answer(200, type, file.readAllBytes());
                    return;
                }
            }
        }
        throw new HttpProblem(404, "there is no /%s".formatted(name));
    }
}
