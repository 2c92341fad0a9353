package org.sd15.cli;

import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** Options that a command shares with others and has no use for: its help has none of them, and whoever gives one is told that it does nothing. */
final class Inapplicable {

    private static final List<String> ADDITIONS = List.of("--lora", "--embedding");

    private static final Map<String, List<String>> OPTIONS = Map.of(
            "sd15 dds", List.of("--steps", "--scheduler", "--latents", "--noise"),
            "sd15 train vae",
                    List.of(
                            "--lora",
                            "--embedding",
                            "--tokenizer",
                            "--text-encoder",
                            "--prediction",
                            "--min-snr",
                            "--high-noise"),
            // These are refused with a word on what to do instead.
            "sd15 train full", ADDITIONS,
            "sd15 train lora", ADDITIONS,
            "sd15 train dreambooth", ADDITIONS,
            "sd15 train textual-inversion", ADDITIONS);

    private Inapplicable() {}

    private static List<String> of(CommandSpec command) {
        return OPTIONS.getOrDefault(command.qualifiedName(), List.of());
    }

    /** Hides these options of a command and its subcommands. */
    static void hide(CommandLine line) {
        CommandSpec command = line.getCommandSpec();
        for (String name : of(command)) {
            OptionSpec option = command.findOption(name);
            command.remove(option);
            command.addOption(OptionSpec.builder(option).hidden(true).build());
        }
        line.getSubcommands().values().forEach(Inapplicable::hide);
    }

    /** What to tell whoever gave some; those that the command itself refuses are left to it. */
    static List<String> told(ParseResult parsed) {
        return OptionChecks.chain(parsed).stream()
                .flatMap(command -> command.matchedOptions().stream()
                        .map(OptionSpec::longestName)
                        .filter(of(command.commandSpec())::contains)
                        .filter(name -> !of(command.commandSpec()).equals(ADDITIONS))
                        .map(name -> "%s has no effect on %s"
                                .formatted(name, command.commandSpec().qualifiedName())))
                .toList();
    }
}
