package org.sd15.shapes;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;
import org.sd15.pipeline.image.Pictures;

/** A folder of drawn scenes with their captions in {@code metadata.jsonl}, to be trained on. */
public final class SceneFolder {

    private static final String LIST = "metadata.jsonl";
    private static final int SIDE = 64;

    private SceneFolder() {}

    /** Draws scenes into a folder, unless its list, which is written last, is there. */
    public static void draw(Path folder, int count, long seed) throws IOException {
        SceneGenerator scenes = new SceneGenerator(seed);
        List<Scene> drawn = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            drawn.add(scenes.any());
        }
        draw(folder, drawn);
    }

    /** Draws the given scenes into a folder, unless its list, which is written last, is there. */
    public static void draw(Path folder, List<Scene> scenes) throws IOException {
        Path list = folder.resolve(LIST);
        if (Files.exists(list)) {
            return;
        }
        Files.createDirectories(folder);
        ScenePainter painter = new ScenePainter(SIDE);
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < scenes.size(); i++) {
            Scene scene = scenes.get(i);
            String name = "scene-%05d.png".formatted(i);
            var image = Pictures.toImages(painter.paint(scene)).get(0);
            ImageIO.write(image, "png", folder.resolve(name).toFile());
            lines.add(JsonNodeFactory.instance
                    .objectNode()
                    .put("file_name", name)
                    .put("text", scene.caption())
                    .toString());
        }
        Files.write(list, lines, StandardCharsets.UTF_8);
    }
}
