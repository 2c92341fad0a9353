package org.sd15.cli.report;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.sd15.cli.report.EditReport.Given;
import org.sd15.cli.report.EditReport.Shown;
import org.sd15.pipeline.image.PngFile;

/**
 * One page for an edit, pictures included: it can be sent by mail. Point at a word to see where it is.
 *
 * @param shown the pictures, the source's first
 * @param given what was edited, or null
 * @param masks where the targets may differ
 * @param strip of the steps
 * @param parameters what was asked for
 * @param alignment how the words of the prompts go together
 */
record EditPage(
        List<Shown> shown,
        @Nullable Given given,
        List<BufferedImage> masks,
        BufferedImage strip,
        Map<String, String> parameters,
        String alignment) {

    private static final String TEMPLATE = "edit.html";

    String html() throws IOException {
        StringBuilder pictures = new StringBuilder();
        StringBuilder maps = new StringBuilder();
        if (given != null) {
            pictures.append(figure("given", given.picture(), given.reconstruction()));
            if (given.autoencoded() != null) {
                pictures.append(figure(
                        "autoencoder", given.autoencoded(), "the given picture, encoded and decoded without an edit"));
            }
        }
        for (Shown picture : shown) {
            pictures.append(figure(picture));
            maps.append(gallery(picture));
        }
        for (BufferedImage mask : masks) {
            pictures.append(figure("mask", mask, "white where the picture may change"));
        }
        String rows = parameters.entrySet().stream()
                .map(entry -> "<tr><td>%s</td><td>%s</td></tr>"
                        .formatted(Html.escape(entry.getKey()), Html.escape(entry.getValue())))
                .collect(Collectors.joining("\n"));
        return Template.named(TEMPLATE)
                .filled(Map.of(
                        "pictures", pictures.toString(),
                        "strip", data(strip),
                        "maps", maps.toString(),
                        "alignment", Html.escape(alignment),
                        "parameters", rows));
    }

    private static String figure(Shown picture) throws IOException {
        String caption = Arrays.stream(picture.prompt().strip().split("\\s+"))
                .map(piece -> caption(picture, piece))
                .collect(Collectors.joining(" "));
        return """
            <figure><div class="frame"><img alt="%s" src="%s"><img class="heat" alt=""></div>
            <figcaption><b>%s</b>: %s</figcaption></figure>
            """.formatted(
                        Html.escape(picture.prompt()), data(picture.picture()), Html.escape(picture.title()), caption);
    }

    private static String figure(String title, BufferedImage picture, String caption) throws IOException {
        return """
            <figure><div class="frame"><img alt="%1$s" src="%2$s"></div>
            <figcaption><b>%1$s</b>: %3$s</figcaption></figure>
            """.formatted(Html.escape(title), data(picture), Html.escape(caption));
    }

    /** A piece of the prompt; where it has a heat map, pointing at it shows that. */
    private static String caption(Shown picture, String piece) {
        String bare = piece.replaceAll("^\\p{Punct}+|\\p{Punct}+$", "");
        List<String> words = List.copyOf(picture.heat().keySet());
        int word = Math.max(words.indexOf(piece), words.indexOf(bare));
        return word < 0
                ? Html.escape(piece)
                : "<span class=\"word\" tabindex=\"0\" data-heat=\"%s-%d\">%s</span>"
                        .formatted(picture.title(), word, Html.escape(piece));
    }

    private static String gallery(Shown picture) throws IOException {
        StringBuilder maps =
                new StringBuilder("<p><b>" + Html.escape(picture.title()) + "</b></p><div class=\"maps\">");
        int number = 0;
        for (Map.Entry<String, BufferedImage> word : picture.heat().entrySet()) {
            maps.append("<figure><img id=\"%s-%d\" alt=\"\" src=\"%s\"><figcaption>%s</figcaption></figure>"
                    .formatted(picture.title(), number++, data(word.getValue()), Html.escape(word.getKey())));
        }
        return maps.append("</div>\n").toString();
    }

    private static String data(BufferedImage image) throws IOException {
        return "data:image/png;base64," + Base64.getEncoder().encodeToString(PngFile.encode(image, Map.of()));
    }
}
