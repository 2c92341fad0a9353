package org.sd15.cli.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The page of commands that make pictures. */
class PicturePageTest {

    private static final BufferedImage PICTURE = new BufferedImage(4, 4, BufferedImage.TYPE_INT_RGB);

    @Test
    void whatUsersTypeIsTextAndPicturesAreInside() throws Exception {
        String page = new PicturePage("<b>{{pictures}}</b>")
                .add("before", "<img src=x onerror=alert(1)>", PICTURE)
                .add("af\"ter", "", PICTURE)
                .html(Map.of("Prompt", "a & b <script>"));
        assertThat(page)
                .contains("<title>&lt;b&gt;{{pictures}}&lt;/b&gt;</title>", "data:image/png;base64,")
                .contains("&lt;img src=x onerror=alert(1)&gt;", "alt=\"af&quot;ter\"")
                .contains("<td>Prompt</td><td>a &amp; b &lt;script&gt;</td>")
                .doesNotContain("<img src=x", "<script>");
        assertThat(page.split("<figure>")).hasSize(3);
    }
}
