package org.sd15.cli;

import java.io.IOException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.ParseResult;

/**
 * What a command was asked to do, for the message of a failure that doesn't say it itself.
 *
 * @param command its name, such as {@code train lora}
 * @param read what it reads
 */
record Task(String command, List<Path> read) {

    private static final int DEPTH = 3;

    /** Copies the list. */
    Task {
        read = List.copyOf(read);
    }

    /** The task of a command line. */
    static Task of(ParseResult parsed) {
        List<ParseResult> chain = OptionChecks.chain(parsed);
        String command =
                chain.stream().skip(1).map(part -> part.commandSpec().name()).collect(Collectors.joining(" "));
        List<Path> read = new ArrayList<>();
        for (ParseResult part : chain) {
            Stream<ArgSpec> arguments =
                    Stream.concat(part.matchedOptions().stream(), part.matchedPositionals().stream());
            arguments
                    .filter(argument -> !OptionChecks.isWritten(argument))
                    .flatMap(argument -> OptionChecks.values(argument).stream())
                    .forEach(value -> {
                        if (value instanceof Path path && Files.exists(path)) {
                            read.add(path);
                        }
                    });
        }
        return new Task(command, read);
    }

    @Override
    public String toString() {
        String files = read.stream()
                .map(path -> "%s (%s)".formatted(path, Console.bytes(size(path))))
                .collect(Collectors.joining(", "));
        return files.isEmpty() ? "in " + command : "in %s, which reads %s".formatted(command, files);
    }

    private static long size(Path path) {
        try (Stream<Path> files = Files.walk(path, DEPTH, FileVisitOption.FOLLOW_LINKS)) {
            return files.map(Path::toFile)
                    .filter(java.io.File::isFile)
                    .mapToLong(java.io.File::length)
                    .sum();
        } catch (IOException | RuntimeException unreadable) {
            return path.toFile().length();
        }
    }
}
