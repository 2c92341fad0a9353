package org.sd15.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * A documented command as a test runs it: as it stands, but on files of the test's folder, with a handful of steps, and without
 * a browser.
 */
record DocumentedRun(DocumentedLine line, Path folder) {

    /** What makes a run short, for commands that have the option. */
    private static final Map<String, String> FEW = Map.of(
            "--steps", "2",
            "--train-steps", "2",
            "--iterations", "2",
            "--cases", "1",
            "--search-cases", "0",
            "--drawings", "1",
            "--methods", "p2p-direct",
            "--runs", "1");

    private static final Set<String> WRITTEN = Set.of("--output", "--dump", "--cache");
    /** A browser; and the architecture of full size, in whose place the embedded model is measured. */
    private static final Set<String> LEFT_OUT = Set.of("--open", "--synthetic");

    /** What is given to the program. */
    String[] arguments() {
        List<String> words = new ArrayList<>(List.of(FieldWords.translated(
                Sd15.commandLine().getCommandSpec(), line.arguments().toArray(String[]::new))));
        words.removeAll(LEFT_OUT);
        for (int word = 0; word < words.size(); word++) {
            String before = word == 0 ? "" : words.get(word - 1);
            boolean written =
                    WRITTEN.contains(before) || word == 2 && words.get(0).equals("convert");
            words.set(word, FEW.getOrDefault(before, inFolder(words.get(word), written)));
        }
        CommandSpec command = command(words);
        Set<String> given = Set.copyOf(words);
        for (String option : options(command)) {
            if (!given.contains(option) && FEW.containsKey(option)) {
                words.addAll(List.of(option, FEW.get(option)));
            }
            if (!given.contains(option)
                    && option.equals("--output")
                    && !command.findOption(option).required()) {
                words.addAll(List.of(option, folder.resolve("out").toString()));
            }
        }
        return words.toArray(String[]::new);
    }

    /** A file that is there, perhaps with a scale after a colon, or one that is to be written. */
    private String inFolder(String word, boolean written) {
        String name = word.split(":", 2)[0];
        boolean there = !name.isBlank() && !name.startsWith("-") && Files.exists(folder.resolve(name));
        return there || written ? folder.resolve(name) + word.substring(name.length()) : word;
    }

    /** The command that the words begin with, or its innermost subcommand. */
    private static CommandSpec command(List<String> words) {
        CommandSpec command = Sd15.commandLine().getCommandSpec();
        for (String word : words) {
            if (!command.subcommands().containsKey(word)) {
                break;
            }
            command = command.subcommands().get(word).getCommandSpec();
        }
        return command;
    }

    private static Set<String> options(CommandSpec command) {
        return command.options().stream()
                .filter(option -> !option.hidden())
                .map(OptionSpec::longestName)
                .collect(Collectors.toSet());
    }
}
