package org.sd15.cli.report;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.edit.prompt.EditRequest;
import org.sd15.pipeline.edit.prompt.Editing;
import org.sd15.pipeline.heatmap.PromptHeatMaps;
import org.sd15.pipeline.image.PngFile;

/**
 * The files that an edit leaves: the pictures, the mask, a heat map of every word, a strip of the steps, and one page that
 * has all of it.
 */
public final class EditReport {

    /** Where a file of a name goes. */
    @FunctionalInterface
    public interface Folder {
        /** The path of a file with this name, in a folder that exists. */
        Path file(String name) throws IOException;
    }

    /**
     * A picture that was given, and what is lost of it before any edit.
     *
     * @param picture as it was given, in the size of the edit
     * @param autoencoded what the autoencoder alone makes of it; null if that is what the edit starts from
     * @param reconstruction how well it comes back, in words
     */
    public record Given(BufferedImage picture, @Nullable BufferedImage autoencoded, String reconstruction) {}

    /** A picture of the edit with all that belongs to it. */
    record Shown(String title, String prompt, BufferedImage picture, Map<String, BufferedImage> heat) {}

    private final EditRequest request;
    private final List<Shown> shown = new ArrayList<>();
    private final List<BufferedImage> masks;
    private final @Nullable Given given;
    private final BufferedImage strip;
    private final Map<String, String> parameters;
    private final Map<String, String> texts;
    private final String table;

    /**
     * Collects what is to be written.
     *
     * @param editing a finished edit
     * @param pictures the source's picture and those of the targets
     * @param given what was edited, or null if it was drawn
     * @param strip of the steps
     * @param parameters what was asked for, in words
     * @param texts text chunks of the pictures
     */
    public EditReport(
            EditRequest request,
            Editing editing,
            List<BufferedImage> pictures,
            @Nullable Given given,
            BufferedImage strip,
            Map<String, String> parameters,
            Map<String, String> texts) {
        this.request = request;
        this.given = given;
        this.strip = strip;
        this.parameters = parameters;
        this.texts = texts;
        this.table = String.join(
                "\n", editing.alignments().stream().map(a -> a.table()).toList());
        this.masks = editing.mask(editing.run().count() - 1)
                .map(mask -> masks(mask, pictures.get(0)))
                .orElse(List.of());
        for (int i = 0; i < pictures.size(); i++) {
            Optional<PromptHeatMaps> maps = editing.heatMaps(i);
            shown.add(shown(i, pictures.get(i), maps));
        }
    }

    private Shown shown(int number, BufferedImage picture, Optional<PromptHeatMaps> maps) {
        String after = request.targets().size() == 1 ? "after" : "after-" + number;
        Map<String, BufferedImage> heat = new LinkedHashMap<>();
        maps.ifPresent(found -> found.words().forEach((word, map) -> heat.put(word, HeatPicture.over(picture, map))));
        String prompt = number == 0 ? request.source() : request.targets().get(number - 1);
        return new Shown(number == 0 ? "before" : after, prompt, picture, heat);
    }

    private static List<BufferedImage> masks(INDArray mask, BufferedImage like) {
        List<BufferedImage> images = new ArrayList<>();
        for (int i = 0; i < mask.size(0); i++) {
            images.add(MaskPicture.of(mask.slice(i), like));
        }
        return images;
    }

    /** Writes all files; each is written aside and moved into place. Returns their paths, the page last. */
    public List<Path> write(Folder folder) throws IOException {
        List<Path> written = new ArrayList<>();
        if (given != null) {
            written.add(png(folder, "given", given.picture()));
            if (given.autoencoded() != null) {
                written.add(png(folder, "autoencoder", given.autoencoded()));
            }
        }
        for (Shown picture : shown) {
            written.add(png(folder, picture.title(), picture.picture()));
            FileNames names = FileNames.of(picture.heat().keySet());
            for (Map.Entry<String, BufferedImage> word : picture.heat().entrySet()) {
                String name = "heat-" + picture.title() + "-" + names.name(word.getKey());
                written.add(png(folder, name, word.getValue()));
            }
        }
        for (int i = 0; i < masks.size(); i++) {
            written.add(png(folder, masks.size() == 1 ? "mask" : "mask-" + (i + 1), masks.get(i)));
        }
        written.add(png(folder, "strip", strip));
        Path path = folder.file("edit.html");
        TextFile.write(path, new EditPage(shown, given, masks, strip, parameters, table).html());
        written.add(path);
        return written;
    }

    private Path png(Folder folder, String name, BufferedImage image) throws IOException {
        Path path = folder.file(name + ".png");
        PngFile.write(path, image, texts);
        return path;
    }
}
