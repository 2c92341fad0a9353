package org.sd15.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** The help of every command: its options in groups, none of another command, and two examples that can be typed. */
class HelpTest {

    private static final Pattern WORD = Pattern.compile("\"([^\"]*)\"|(\\S+)");

    static Stream<CommandSpec> commands() {
        List<CommandSpec> commands = new ArrayList<>();
        collect(Sd15.commandLine(), commands);
        return commands.stream();
    }

    private static void collect(CommandLine line, List<CommandSpec> commands) {
        commands.add(line.getCommandSpec());
        line.getSubcommands().values().forEach(inner -> collect(inner, commands));
    }

    @ParameterizedTest
    @MethodSource("commands")
    void everyOptionIsInOneGroup(CommandSpec command) {
        Map<String, List<OptionSpec>> groups = HelpGroups.of(command);
        assertThat(groups.values().stream().flatMap(List::stream))
                .containsExactlyInAnyOrderElementsOf(command.options().stream()
                        .filter(option -> !option.hidden())
                        .toList());
        assertThat(groups.values()).doesNotContain(List.of());
        String help = command.commandLine().getUsageMessage(CommandLine.Help.Ansi.OFF);
        if (groups.size() > 1) {
            assertThat(help)
                    .contains(groups.keySet().stream()
                            .map(heading -> System.lineSeparator() + heading + ":" + System.lineSeparator())
                            .toArray(String[]::new));
        }
        command.options().stream()
                .filter(option -> !option.hidden())
                .forEach(option -> assertThat(help)
                        .containsPattern(
                                Pattern.compile("(?m)^  (-\\w, |    )" + Pattern.quote(option.longestName()) + "\\b")));
    }

    @Test
    void theGroupsOfACommandAreInOneOrder() {
        CommandSpec generate = commands()
                .filter(command -> command.name().equals("generate"))
                .findFirst()
                .orElseThrow();
        assertThat(HelpGroups.of(generate).keySet())
                .containsSubsequence("Prompt", "Picture", "Sampling", "Model", "Output", "Machine", "Other");
    }

    @ParameterizedTest
    @MethodSource("commands")
    void twoExamplesCanBeTyped(CommandSpec command) {
        String[] examples = command.usageMessage().footer();
        assertThat(examples).as(command.qualifiedName()).hasSize(2);
        for (String example : examples) {
            assertThat(example.strip()).startsWith(command.qualifiedName());
            Matcher words = WORD.matcher(example.strip());
            List<String> typed = new ArrayList<>();
            while (words.find()) {
                typed.add(words.group(1) == null ? words.group(2) : words.group(1));
            }
            CommandLine.ParseResult parsed =
                    Sd15.commandLine().parseArgs(typed.subList(1, typed.size()).toArray(String[]::new));
            OptionChecks.require(parsed);
            assertThat(Inapplicable.told(parsed)).isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            dds --image a.png --source a --target b --steps 9              | --steps has no effect on sd15 dds
            dds --image a.png --source a --target b --scheduler ddim       | --scheduler has no effect on sd15 dds
            dds --image a.png --source a --target b --latents x            | --latents has no effect on sd15 dds
            train vae --data a --output b --min-snr 5                      | --min-snr has no effect on sd15 train vae
            train vae --data a --output b --lora x.safetensors             | --lora has no effect on sd15 train vae
            """)
    void whatHasNoEffectIsTold(String line, String message) {
        Cli cli = Cli.run(line.split(" "));
        assertThat(cli.exit()).as("what else is wrong with it").isEqualTo(1);
        assertThat(cli.err()).startsWith("sd15: " + message);
    }

    @ParameterizedTest
    @CsvSource({"dds, --steps", "dds, --noise", "train vae, --high-noise", "train lora, --embedding"})
    void whatHasNoEffectIsNotListed(String command, String option) {
        Cli cli = Cli.run((command + " --help").split(" "));
        assertThat(cli.exit()).isZero();
        assertThat(cli.out()).isNotEmpty().doesNotContain(option);
    }
}
