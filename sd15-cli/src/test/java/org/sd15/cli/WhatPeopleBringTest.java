package org.sd15.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The tests that {@code docs/what-people-bring.md} names are there. */
class WhatPeopleBringTest {

    private static final Path ROOT = Path.of(System.getProperty("sd15.root"));
    private static final Pattern TEST = Pattern.compile("`(\\w+Test)#(\\w+)`");

    private static List<String> rows() throws IOException {
        return Files.readAllLines(ROOT.resolve("docs/what-people-bring.md")).stream()
                .filter(line -> line.startsWith("| ") && line.contains("Test#"))
                .toList();
    }

    @Test
    void everyRowHasATest() throws IOException {
        assertThat(rows()).hasSizeGreaterThanOrEqualTo(43);
        for (String row : rows()) {
            List<MatchResult> tests = TEST.matcher(row).results().toList();
            assertThat(tests).as(row).isNotEmpty();
            for (MatchResult test : tests) {
                assertThat(sources(test.group(1)))
                        .as(test.group())
                        .anyMatch(source -> source.contains(" " + test.group(2) + "("));
            }
        }
    }

    /** Two modules have a class of the same name. */
    private static List<String> sources(String name) throws IOException {
        List<String> sources = new ArrayList<>();
        for (Path module : entries(ROOT)) {
            Path tests = module.resolve("src/test/java");
            if (Files.isDirectory(tests)) {
                try (Stream<Path> files = Files.walk(tests)) {
                    files.filter(file -> file.endsWith(name + ".java"))
                            .map(WhatPeopleBringTest::text)
                            .forEach(sources::add);
                }
            }
        }
        return sources;
    }

    private static List<Path> entries(Path folder) throws IOException {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.toList();
        }
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        }
    }
}
