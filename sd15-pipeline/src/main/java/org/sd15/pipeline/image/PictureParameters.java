package org.sd15.pipeline.image;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What a picture file says of how it was made: the web UI's {@code parameters} text of a PNG file or the Exif {@code
 * UserComment} of others, which this program and many more write as well, or ComfyUI's {@code prompt}.
 */
public final class PictureParameters {

    private static final String WEB_UI = "parameters";
    private static final String COMFY = "prompt";

    /** What the editing commands write: a map in words. */
    private static final Pattern OF_AN_EDIT = Pattern.compile("\\{\\w+=.*", Pattern.DOTALL);

    /** How ComfyUI's graph begins. */
    private static final Pattern GRAPH = Pattern.compile("\\s*\\{\\s*\"[^\"]*\"\\s*:\\s*\\{.*", Pattern.DOTALL);

    private PictureParameters() {}

    /**
     * The parameters of a picture.
     *
     * @throws IOException if it is no picture, or does not say how it was made; the message names the file
     */
    public static GenerationParameters read(Path path) throws IOException {
        byte[] file = PngFile.bytes(path);
        try {
            PictureFormat format = PictureFormat.of(file);
            return format == PictureFormat.PNG ? ofTexts(PngChunks.of(file).texts()) : ofExif(format.exif(file));
        } catch (IOException problem) {
            throw new IOException("%s: %s".formatted(path, problem.getMessage()), problem);
        } catch (RuntimeException broken) {
            throw new IOException(path + ": a damaged picture: a text without its parts", broken);
        }
    }

    private static GenerationParameters ofTexts(Map<String, String> texts) throws IOException {
        String parameters = texts.get(WEB_UI);
        String graph = texts.get(COMFY);
        if (parameters != null) {
            return of(parameters);
        }
        if (graph != null) {
            return ComfyGraph.read(graph);
        }
        throw new BadPicture(
                texts.isEmpty()
                        ? "does not say how it was made: it has no texts"
                        : "does not say how it was made in a form that is known: it has no text \"parameters\" (web UI) or"
                                + " \"prompt\" (ComfyUI), only " + String.join(", ", texts.keySet()));
    }

    private static GenerationParameters ofExif(Optional<Exif> exif) throws IOException {
        return of(exif.flatMap(Exif::userComment)
                .orElseThrow(() -> new BadPicture("does not say how it was made: it has no Exif UserComment")));
    }

    private static GenerationParameters of(String text) throws IOException {
        if (OF_AN_EDIT.matcher(text).matches()) {
            throw new BadPicture("was made by an editing command, which says other things than generate reads");
        }
        return GRAPH.matcher(text).matches() ? ComfyGraph.read(text) : GenerationParameters.parse(text);
    }
}
