package org.sd15.cli.report;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.sd15.pipeline.image.PngFile;

/** One page for what a command has made, pictures included: each under its title, and how they were made. */
public final class PicturePage {

    private static final String TEMPLATE = "pictures.html";

    private final String title;
    private final List<String> figures = new ArrayList<>();

    /** A page without pictures yet. */
    public PicturePage(String title) {
        this.title = title;
    }

    /** Adds a picture; its caption may be empty. */
    public PicturePage add(String name, String caption, BufferedImage picture) throws IOException {
        String data = Base64.getEncoder().encodeToString(PngFile.encode(picture, Map.of()));
        figures.add("""
            <figure><img alt="%1$s" src="data:image/png;base64,%2$s">
            <figcaption><b>%1$s</b> %3$s</figcaption></figure>
            """.formatted(Html.escape(name), data, Html.escape(caption)));
        return this;
    }

    /** Adds a picture as wide as the page. */
    public PicturePage addWide(String name, BufferedImage picture) throws IOException {
        add(name, "", picture);
        String figure = figures.remove(figures.size() - 1);
        figures.add(figure.replaceFirst("<figure>", "<figure class=\"wide\">"));
        return this;
    }

    /** Begins a section of pictures; what is added after belongs to it. */
    public PicturePage section(String heading) {
        figures.add("</div>\n<h2>%s</h2>\n<div class=\"pictures\">\n".formatted(Html.escape(heading)));
        return this;
    }

    /** The page, with a table of parameters. */
    public String html(Map<String, String> parameters) throws IOException {
        String rows = parameters.entrySet().stream()
                .map(entry -> "<tr><td>%s</td><td>%s</td></tr>"
                        .formatted(Html.escape(entry.getKey()), Html.escape(entry.getValue())))
                .collect(Collectors.joining("\n"));
        return Template.named(TEMPLATE)
                .filled(Map.of(
                        "title", Html.escape(title),
                        "pictures", String.join("", figures),
                        "parameters", rows));
    }
}
