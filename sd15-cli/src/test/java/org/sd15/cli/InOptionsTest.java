package org.sd15.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.sd15.importer.io.ImportException;
import org.sd15.importer.io.ModelChoice;
import picocli.CommandLine;

/** What the library tells callers in Java to do is told in options here. */
class InOptionsTest {

    private static final Pattern OPTION = Pattern.compile("--[a-z-]+");

    @ParameterizedTest
    @EnumSource(ModelChoice.class)
    void aChoiceIsAnOptionThatThereIs(ModelChoice choice) {
        ImportException problem = new ImportException(Path.of("model"), "leaves a choice", choice);
        String said = new Failure(problem, new Task("generate", List.of())).message();
        assertThat(problem).hasMessage("model: leaves a choice; " + choice);
        assertThat(choice.toString()).contains("(").doesNotContain("--");
        assertThat(said).startsWith("model: leaves a choice; ").doesNotContain("(");
        List<String> options =
                OPTION.matcher(said).results().map(MatchResult::group).toList();
        assertThat(options).isNotEmpty();
        CommandLine generate = Sd15.commandLine().getSubcommands().get("generate");
        assertThat(options).allMatch(option -> generate.getCommandSpec().findOption(option) != null);
    }
}
