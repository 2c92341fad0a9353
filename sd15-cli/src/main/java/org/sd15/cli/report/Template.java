package org.sd15.cli.report;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A text with places to be filled in, such as <code>{{maps}}</code>.
 *
 * @param text with its places
 */
record Template(String text) {

    private static final Pattern PLACE = Pattern.compile("\\{\\{(\\w+)}}");

    /** A template of this package. */
    static Template named(String name) throws IOException {
        try (InputStream stream = Template.class.getResourceAsStream(name)) {
            return new Template(
                    new String(Objects.requireNonNull(stream, name).readAllBytes(), StandardCharsets.UTF_8));
        }
    }

    /** The text with all places filled in at once: what looks like a place inside of a value stays as it is. */
    String filled(Map<String, String> values) {
        return PLACE.matcher(text)
                .replaceAll(place ->
                        Matcher.quoteReplacement(Objects.requireNonNull(values.get(place.group(1)), place.group())));
    }
}
