package org.sd15.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.UsageMessageSpec;

/**
 * Options in groups, in the help of every command: those that many commands share by their names, and what a command has
 * of its own under a heading of its own. A new option needs no entry here.
 */
final class HelpGroups {

    /** The heading of what only one command or few have. */
    static final String OWN = "Of this command";

    private static final Map<String, List<String>> GROUPS = new LinkedHashMap<>();

    static {
        GROUPS.put(
                "Prompt",
                List.of(
                        "--prompt",
                        "--negative",
                        "--source",
                        "--target",
                        "--instruction",
                        "--words",
                        "--prompt-style",
                        "--downweight",
                        "--lora-dir",
                        "--clip-skip",
                        "--params-from"));
        GROUPS.put(OWN, List.of());
        GROUPS.put(
                "Picture",
                List.of(
                        "--width",
                        "--height",
                        "--count",
                        "--image",
                        "--resize",
                        "--strength",
                        "--mask",
                        "--mask-blur",
                        "--mask-grow",
                        "--invert-mask",
                        "--only-masked",
                        "--inversion",
                        "--skip"));
        GROUPS.put(
                "Sampling",
                List.of(
                        "--seed",
                        "--steps",
                        "--guidance",
                        "--guidance-rescale",
                        "--scheduler",
                        "--eta",
                        "--latents",
                        "--noise"));
        GROUPS.put(
                "Data",
                List.of(
                        "--data",
                        "--resolution",
                        "--random-crop",
                        "--flip",
                        "--skip-bad",
                        "--caption-dropout",
                        "--cache",
                        "--batch",
                        "--accumulate",
                        "--replay"));
        GROUPS.put(
                "Optimisation",
                List.of(
                        "--train-steps",
                        "--learning-rate",
                        "--schedule",
                        "--warmup",
                        "--weight-decay",
                        "--max-grad-norm",
                        "--ema",
                        "--ema-warmup",
                        "--skip-nan"));
        GROUPS.put(
                "Loss",
                List.of("--min-snr", "--high-noise", "--offset-noise", "--input-perturbation", "--kl", "--l1", "--l2"));
        GROUPS.put(
                "Run",
                List.of(
                        "--checkpoint-every",
                        "--keep",
                        "--resume",
                        "--start-anew",
                        "--validation-prompt",
                        "--validation-every",
                        "--validation-steps"));
        GROUPS.put(
                "Model",
                List.of(
                        "--model",
                        "--variant",
                        "--tokenizer",
                        "--vae",
                        "--text-encoder",
                        "--prediction",
                        "--lora",
                        "--embedding",
                        "--init-config",
                        "--init-lora"));
        GROUPS.put("Output", List.of("--output", "--overwrite", "--dump", "--dump-steps", "--no-metadata", "--json"));
        GROUPS.put(
                "Machine",
                List.of(
                        "--precision",
                        "--execution",
                        "--threads",
                        "--memory",
                        "--allow-hours",
                        "--gradient-checkpointing",
                        "--copy-weights"));
        GROUPS.put("Other", List.of("--help", "--version", "--verbose"));
    }

    private HelpGroups() {}

    /** Sets the help of a command and of all its subcommands. */
    static void apply(CommandLine line) {
        CommandSpec command = line.getCommandSpec();
        String[] examples = command.usageMessage().footer();
        if (examples.length > 0) {
            command.usageMessage()
                    .footerHeading("%nExamples:%n")
                    .footer(Arrays.stream(examples)
                            .map(example -> "  " + example)
                            .toArray(String[]::new));
        }
        line.getHelpSectionMap().put(UsageMessageSpec.SECTION_KEY_OPTION_LIST, HelpGroups::options);
        line.getSubcommands().values().forEach(HelpGroups::apply);
    }

    /** The options of a command under their headings, in the order in which help shows them; no heading is empty. */
    static Map<String, List<OptionSpec>> of(CommandSpec command) {
        Map<String, List<OptionSpec>> groups = new LinkedHashMap<>();
        GROUPS.keySet().forEach(heading -> groups.put(heading, new ArrayList<>()));
        command.options().stream()
                .filter(option -> !option.hidden())
                .sorted(Comparator.comparing(OptionSpec::longestName))
                .forEach(option -> groups.computeIfAbsent(heading(option), heading -> new ArrayList<>())
                        .add(option));
        groups.forEach((heading, options) -> options.sort(Comparator.comparingInt(
                option -> GROUPS.getOrDefault(heading, List.of()).indexOf(option.longestName()))));
        groups.values().removeIf(List::isEmpty);
        return groups;
    }

    private static String heading(OptionSpec option) {
        return GROUPS.entrySet().stream()
                .filter(group -> group.getValue().contains(option.longestName()))
                .map(Map.Entry::getKey)
                .findFirst()
                .orElse(OWN);
    }

    private static String options(Help help) {
        Map<String, List<OptionSpec>> groups = of(help.commandSpec());
        StringBuilder text = new StringBuilder();
        groups.forEach((heading, options) -> {
            if (groups.size() > 1) {
                text.append(help.createHeading("%n" + heading + ":%n"));
            }
            Help.Layout layout = help.createDefaultLayout(
                    help.commandSpec().options(), help.commandSpec().positionalParameters(), help.colorScheme());
            layout.addOptions(options, help.parameterLabelRenderer());
            text.append(layout);
        });
        return text.toString();
    }
}
