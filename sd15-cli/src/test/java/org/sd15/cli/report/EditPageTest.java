package org.sd15.cli.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.sd15.cli.report.EditReport.Shown;

/** The page of an edit shows what was typed, whatever it looks like. */
class EditPageTest {

    private static final BufferedImage PICTURE = new BufferedImage(2, 2, BufferedImage.TYPE_INT_RGB);

    private static String page(String prompt) throws Exception {
        Shown shown = new Shown("before", prompt, PICTURE, Map.of("star", PICTURE));
        return new EditPage(List.of(shown), null, List.of(), PICTURE, Map.of("source", prompt), prompt).html();
    }

    @Test
    void aPromptThatLooksLikeAPlaceOfTheTemplateStaysAsItIs() throws Exception {
        String page = page("{{maps}} {{strip}} $1 \\1 a star");
        assertThat(page)
                .contains("<td>{{maps}} {{strip}} $1 \\1 a star</td>", "<pre>{{maps}} {{strip}} $1 \\1 a star</pre>");
        assertThat(page).containsOnlyOnce("id=\"before-0\"");
    }

    @Test
    void aPromptIsNoMarkup() throws Exception {
        String page = page("<img src=x onerror='alert(1)'> \"a\" & " + (char) 0x202e + "b");
        assertThat(page)
                .contains("&lt;img src=x onerror=&#39;alert(1)&#39;&gt; &quot;a&quot; &amp; \\u202eb")
                .doesNotContain("<img src=x", String.valueOf((char) 0x202e));
    }
}
