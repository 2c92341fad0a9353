package org.sd15.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.sd15.unet.ConfigRange;

/** The numbers that SECURITY.md promises are those of the code. */
class SecurityTableTest {

    private static final Pattern ROW =
            Pattern.compile("^\\| .+ \\| ([\\d,]+)(?: to ([\\d,]+))? \\| `([\\w.]+)\\.(\\w+)` \\|$", Pattern.MULTILINE);

    @Test
    void theTableOfBoundsHasTheNumbersOfTheCode() throws IOException, ReflectiveOperationException {
        String text = Files.readString(Path.of(System.getProperty("sd15.root"), "SECURITY.md"));
        List<MatchResult> rows = ROW.matcher(text).results().toList();
        assertThat(rows).as("rows of the table").hasSize((int) text.lines()
                .filter(line -> line.matches("\\| .*`.*\\.[A-Z_]+` \\|"))
                .count());
        assertThat(rows).hasSizeGreaterThan(50);
        for (MatchResult row : rows) {
            Field constant = Class.forName("org.sd15." + row.group(3)).getDeclaredField(row.group(4));
            constant.setAccessible(true);
            if (constant.get(null) instanceof ConfigRange range) {
                assertThat(range.least()).as("least of %s", range).isEqualTo(number(row.group(1)));
                assertThat(range.most()).as("most of %s", range).isEqualTo(number(row.group(2)));
            } else {
                assertThat(((Number) constant.get(null)).longValue())
                        .as(row.group(4))
                        .isEqualTo(number(row.group(1)));
            }
        }
    }

    private static long number(String written) {
        return Long.parseLong(written.replace(",", ""));
    }
}
