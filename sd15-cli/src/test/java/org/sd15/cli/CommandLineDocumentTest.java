package org.sd15.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.sd15.pipeline.schedule.Schedulers;

/**
 * {@code docs/cli.md} has every command with every option, as they are. Run with {@code -Dsd15.write.docs=true}, the test
 * writes that part anew.
 */
class CommandLineDocumentTest {

    private static final Path DOCUMENT = Path.of(System.getProperty("sd15.root"), "docs/cli.md");
    private static final String BEGIN = "<!-- options: written by CommandLineDocumentTest -->\n";
    private static final String END = "<!-- end of options -->\n";

    @Test
    void theDocumentHasEveryOptionOfEveryCommand() throws IOException {
        String document = Files.readString(DOCUMENT);
        int begin = document.indexOf(BEGIN) + BEGIN.length();
        int end = document.indexOf(END);
        assertThat(begin).isBetween(BEGIN.length(), end);
        String now = CommandReference.markdown();
        if (Boolean.getBoolean("sd15.write.docs")) {
            Files.writeString(DOCUMENT, document.substring(0, begin) + now + document.substring(end));
            return;
        }
        assertThat(document.substring(begin, end))
                .as("options in docs/cli.md; -Dsd15.write.docs=true writes them anew")
                .isEqualTo(now);
    }

    /** What is written by hand. */
    @Test
    void theDocumentNamesEveryScheduler() throws IOException {
        List<String> lines = Files.readAllLines(DOCUMENT);
        String schedulers = lines.stream()
                .filter(line -> line.startsWith("| `--scheduler"))
                .findFirst()
                .orElseThrow();
        assertThat(schedulers).contains(Schedulers.names());
    }
}
