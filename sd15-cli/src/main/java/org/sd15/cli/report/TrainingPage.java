package org.sd15.cli.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.jspecify.annotations.Nullable;
import org.sd15.pipeline.image.PngFile;

/** One page for a training: the curve of its loss, what it drew over the steps, what it learnt from, and its settings. */
public final class TrainingPage {

    private static final Pattern SAMPLE = Pattern.compile("step-(\\d+)-\\d+\\.png");
    private static final Pattern PICTURE = Pattern.compile("(?i).+\\.(png|jpe?g)");
    private static final int SHOWN = 8;
    private static final int SIDE = 256;

    private TrainingPage() {}

    /**
     * Writes {@code page.html} of what is in the folder of a run.
     *
     * @param folder of the run
     * @param title what was trained
     * @param data folder of pictures that it learns from, or null
     * @return the page
     */
    public static Path write(Path folder, String title, @Nullable Path data) throws IOException {
        PicturePage page = new PicturePage(title);
        Path curve = folder.resolve("loss.png");
        if (Files.exists(curve)) {
            page.addWide("loss", PngFile.read(curve));
        }
        List<Path> samples = files(folder.resolve("validation"), SAMPLE);
        if (!samples.isEmpty()) {
            page.section("Drawn over the steps");
        }
        for (Path sample : samples) {
            Matcher step = SAMPLE.matcher(String.valueOf(sample.getFileName()));
            String number = step.matches() ? step.group(1).replaceFirst("^0+(?=\\d)", "") : "";
            String prompt = PngFile.texts(sample).getOrDefault("parameters", "");
            page.add("step " + number, prompt, PngFile.read(sample));
        }
        addData(page, data);
        Path file = folder.resolve("page.html");
        TextFile.write(file, page.html(settings(folder.resolve("run.json"))));
        return file;
    }

    private static void addData(PicturePage page, @Nullable Path data) throws IOException {
        List<Path> pictures = data == null ? List.of() : files(data, PICTURE);
        if (pictures.isEmpty()) {
            return;
        }
        page.section("Learnt from: %d of %d pictures".formatted(Math.min(SHOWN, pictures.size()), pictures.size()));
        for (Path picture : pictures.subList(0, Math.min(SHOWN, pictures.size()))) {
            BufferedImage image = ImageIO.read(picture.toFile());
            if (image != null) {
                String name = String.valueOf(picture.getFileName());
                Path caption = picture.resolveSibling(name.replaceFirst("\\.[^.]+$", ".txt"));
                page.add(name, Files.exists(caption) ? Files.readString(caption).strip() : "", small(image));
            }
        }
    }

    private static BufferedImage small(BufferedImage picture) {
        double scale = Math.min(1, (double) SIDE / Math.max(picture.getWidth(), picture.getHeight()));
        int width = Math.max(1, (int) Math.round(scale * picture.getWidth()));
        int height = Math.max(1, (int) Math.round(scale * picture.getHeight()));
        var small = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = small.createGraphics();
        graphics.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BICUBIC);
        graphics.drawImage(picture, 0, 0, width, height, null);
        graphics.dispose();
        return small;
    }

    private static List<Path> files(Path folder, Pattern name) throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file ->
                            name.matcher(String.valueOf(file.getFileName())).matches())
                    .sorted()
                    .toList();
        }
    }

    private static Map<String, String> settings(Path run) throws IOException {
        Map<String, String> settings = new LinkedHashMap<>();
        if (Files.exists(run)) {
            JsonNode known = new ObjectMapper().readTree(run.toFile());
            settings.put("began", known.path("began").asText());
            known.path("settings")
                    .properties()
                    .forEach(entry -> settings.put(
                            entry.getKey().replaceFirst("^sd15\\.training\\.", ""),
                            entry.getValue().asText()));
        }
        return settings;
    }
}
