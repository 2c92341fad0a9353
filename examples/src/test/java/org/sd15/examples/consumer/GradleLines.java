package org.sd15.examples.consumer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The dependencies that the README has for Gradle. */
record GradleLines(List<Dependency> dependencies) {

    private static final Path README = Path.of(System.getProperty("sd15.root"), "README.md");
    private static final String BEGIN = "\n```kotlin\ndependencies {\n";
    private static final Pattern LINE = Pattern.compile("(\\w+)\\((platform\\()?\"([^\"]+)\"\\)+(?:\\s*//.*)?");

    /**
     * One line.
     *
     * @param configuration where it is declared: {@code implementation}, {@code runtimeOnly}
     * @param platform whether it is a BOM
     * @param coordinates group, artifact, then version and classifier if the line has them
     */
    record Dependency(String configuration, boolean platform, List<String> coordinates) {

        private static Dependency of(String line) {
            var parts = LINE.matcher(line.strip());
            if (!parts.matches()) {
                throw new IllegalStateException("the README has a line for Gradle that is no dependency: " + line);
            }
            return new Dependency(
                    parts.group(1),
                    parts.group(2) != null,
                    List.of(parts.group(3).split(":")));
        }

        String artifact() {
            return coordinates.get(1);
        }

        /** The classifier of natives. */
        @Nullable
        String classifier() {
            return coordinates.size() > 3 ? coordinates.get(3) : null;
        }

        /** The jar's name in a repository. */
        String jar() {
            return String.join("-", coordinates.subList(1, coordinates.size())) + ".jar";
        }
    }

    static GradleLines read() throws IOException {
        String text = Files.readString(README);
        int start = text.indexOf(BEGIN) + BEGIN.length();
        return new GradleLines(text.substring(start, text.indexOf("}\n```", start))
                .lines()
                .map(Dependency::of)
                .toList());
    }
}
