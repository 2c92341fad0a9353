package org.sd15.server.page;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * axe-core: whether a page can be used by everybody, as far as a program can tell.
 *
 * @see <a href="https://github.com/dequelabs/axe-core">axe-core</a>
 */
final class Axe {

    private final String script;

    private Axe(String script) {
        this.script = script;
    }

    static Axe load() throws IOException {
        try (InputStream in = Axe.class.getResourceAsStream("/axe.min.js")) {
            if (in == null) {
                throw new IOException("axe.min.js is not on the class path");
            }
            return new Axe(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        }
    }

    /** What it finds wrong in what is seen now, a line each. */
    List<String> violations(BrowserTab tab) {
        if (!tab.value("'axe' in window").asBoolean()) {
            tab.value("(() => {" + script + "})()");
        }
        JsonNode found = tab.value("axe.run({resultTypes: ['violations']}).then((a) => a.violations.flatMap((one) =>"
                + " one.nodes.map((node) => `${one.id}: ${node.html} ${node.failureSummary}`)))");
        List<String> lines = new ArrayList<>();
        found.forEach(line -> lines.add(line.asText()));
        return lines;
    }
}
