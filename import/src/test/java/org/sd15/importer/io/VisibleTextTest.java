package org.sd15.importer.io;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What a terminal would obey or hide is shown. */
class VisibleTextTest {

    private static final char ESCAPE = 0x1b;

    @Test
    void whatATerminalObeysIsShownByItsNumber() {
        assertThat(VisibleText.of(ESCAPE + "[2Jall is well" + (char) 7 + (char) 0x7f + (char) 0x9b + (char) 0))
                .isEqualTo("\\u001b[2Jall is well\\u0007\\u007f\\u009b\\u0000");
    }

    @Test
    void aLineStaysOneLine() {
        assertThat(VisibleText.of("a\nb\r\nc\td" + (char) 0x85 + (char) 0x2028 + (char) 0x2029))
                .isEqualTo("a\\nb\\r\\nc\\td\\u0085\\u2028\\u2029");
    }

    @Test
    void whatTurnsOrHidesTextIsShown() {
        for (int character : new int[] {0x202a, 0x202e, 0x2066, 0x2069, 0x200e, 0x200f, 0x61c, 0x200b, 0xfeff, 0xad}) {
            assertThat(VisibleText.of("a" + Character.toString(character) + "b"))
                    .isEqualTo("a\\u%04xb".formatted(character));
        }
        assertThat(VisibleText.of(Character.toString(0xe0041))).isEqualTo("\\udb40\\udc41");
        assertThat(VisibleText.of("a" + (char) 0xd800)).isEqualTo("a\\ud800");
    }

    @Test
    void writingOfAllKindsStaysAsItIs() {
        String joined = "👩" + (char) 0x200d + "🚀 می" + (char) 0x200c + "خواهم";
        assertThat(VisibleText.of("grüner Kreis, 赤い円, שלום, C:\\x, " + joined))
                .isEqualTo("grüner Kreis, 赤い円, שלום, C:\\x, " + joined);
    }

    @Test
    void jsonStaysTheSameJson() throws Exception {
        Map<String, String> hostile =
                Map.of("a" + (char) 0x9b + "b", ESCAPE + "c" + (char) 0x202e + (char) 0x7f + "\n\t\r");
        ObjectMapper mapper = new ObjectMapper();
        String text = mapper.writerWithDefaultPrettyPrinter().writeValueAsString(hostile);
        String shown = VisibleText.lines(text);
        assertThat(shown)
                .doesNotContain(
                        String.valueOf((char) 0x9b), String.valueOf((char) 0x202e), String.valueOf((char) 0x7f));
        assertThat(mapper.readValue(shown, Map.class)).isEqualTo(hostile);
    }
}
