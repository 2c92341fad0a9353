package org.sd15.importer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The numbers that SECURITY.md promises are those of the code. */
class SecurityTableTest {

    private static final Pattern ROW =
            Pattern.compile("^\\| .+ \\| ([\\d,]+) \\| `(importer\\.[\\w.]+)\\.(\\w+)` \\|$", Pattern.MULTILINE);

    @Test
    void theTableOfBoundsHasTheNumbersOfTheCode() throws IOException, ReflectiveOperationException {
        String text = Files.readString(Path.of(System.getProperty("sd15.root"), "SECURITY.md"));
        List<MatchResult> rows = ROW.matcher(text).results().toList();
        assertThat(rows).hasSizeGreaterThan(15);
        for (MatchResult row : rows) {
            Field constant = Class.forName("org.sd15." + row.group(2)).getDeclaredField(row.group(3));
            constant.setAccessible(true);
            assertThat(((Number) constant.get(null)).longValue())
                    .as(row.group(3))
                    .isEqualTo(Long.parseLong(row.group(1).replace(",", "")));
        }
    }
}
