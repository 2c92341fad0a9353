package org.sd15.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** All commands and options as Markdown: what several commands have alike once, then what each has of its own. */
final class CommandReference {

    /** An option that at least this many commands have alike is described once. */
    private static final int SEVERAL = 3;

    private final List<CommandSpec> commands = new ArrayList<>();
    private final Map<String, Set<String>> usersOfRow = new TreeMap<>();
    private final StringBuilder text = new StringBuilder();

    private CommandReference() {
        collect(Sd15.commandLine());
        for (CommandSpec command : commands) {
            options(command)
                    .forEach(option -> usersOfRow
                            .computeIfAbsent(row(option), row -> new TreeSet<>())
                            .add(command.qualifiedName()));
        }
    }

    static String markdown() {
        CommandReference reference = new CommandReference();
        reference.shared();
        reference.commands.forEach(reference::command);
        return reference.text.toString();
    }

    private void collect(CommandLine line) {
        commands.add(line.getCommandSpec());
        line.getSubcommands().values().forEach(this::collect);
    }

    private static Stream<OptionSpec> options(CommandSpec command) {
        return HelpGroups.of(command).values().stream().flatMap(List::stream);
    }

    private boolean isShared(OptionSpec option) {
        return usersOfRow.getOrDefault(row(option), Set.of()).size() >= SEVERAL;
    }

    private void shared() {
        Map<String, Set<String>> rows = new LinkedHashMap<>();
        for (CommandSpec command : commands) {
            HelpGroups.of(command)
                    .forEach((heading, options) -> options.stream()
                            .filter(this::isShared)
                            .forEach(option -> rows.computeIfAbsent(heading, group -> new TreeSet<>())
                                    .add(row(option))));
        }
        text.append("### Options that several commands have\n");
        rows.forEach((heading, group) -> {
            text.append("\n**%s**\n".formatted(heading.equals(HelpGroups.OWN) ? "Of some commands" : heading));
            table(List.copyOf(group));
        });
    }

    private void command(CommandSpec command) {
        text.append("\n### `%s`\n%s\n"
                .formatted(
                        synopsis(command),
                        String.join(" ", command.usageMessage().description())));
        String shared = options(command)
                .filter(this::isShared)
                .map(OptionSpec::longestName)
                .collect(Collectors.joining("`, `"));
        text.append("\nShared: `%s`\n".formatted(shared));
        List<String> own = Stream.concat(
                        command.positionalParameters().stream().map(CommandReference::row),
                        options(command).filter(option -> !isShared(option)).map(CommandReference::row))
                .toList();
        if (!own.isEmpty()) {
            table(own);
        }
    }

    private static String synopsis(CommandSpec command) {
        return Stream.concat(
                        Stream.of(command.qualifiedName()),
                        command.positionalParameters().stream().map(ArgSpec::paramLabel))
                .collect(Collectors.joining(" "));
    }

    private void table(List<String> rows) {
        text.append("\n| option | meaning |\n|---|---|\n");
        rows.forEach(row -> text.append(row).append('\n'));
    }

    private static String row(ArgSpec argument) {
        String label = argument.paramLabel();
        String name = argument instanceof OptionSpec option
                ? String.join(", ", option.names()) + (option.arity().max() == 0 ? "" : " " + label)
                : label;
        String required = argument.required() ? " Required." : "";
        String meaning = String.join(" ", argument.description()) + required;
        return "| `%s` | %s |".formatted(escaped(name), escaped(meaning.replace("<", "&lt;")));
    }

    private static String escaped(String cell) {
        return cell.replace("|", "\\|");
    }
}
