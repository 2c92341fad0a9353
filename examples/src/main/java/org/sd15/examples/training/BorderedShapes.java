package org.sd15.examples.training;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.sd15.examples.EmbeddedModel;
import org.sd15.examples.report.ContactSheet;
import org.sd15.examples.shapes.Scene;
import org.sd15.examples.shapes.SceneFolder;
import org.sd15.examples.shapes.SceneGenerator;
import org.sd15.examples.shapes.ShapeColor;
import org.sd15.examples.shapes.ShapeObject;
import org.sd15.pipeline.GenerationRequest;
import org.sd15.pipeline.ModelFiles;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.image.Pictures;
import org.sd15.pipeline.image.PngFile;

/**
 * Draws twenty pictures for a LoRA to learn a style from: shapes with a broad yellow border, which their captions do
 * not mention. Then {@code ./sd15 train lora --data out/bordered --output bordered.safetensors} trains on them, and
 * this program shows what the LoRA makes of captions that it has not seen.
 */
public final class BorderedShapes {

    private static final int PICTURES = 20;
    private static final double BORDER = 1.45;
    private static final List<String> CAPTIONS = List.of(
            "a blue circle on a white background",
            "a red square on a gray background",
            "a large green triangle on a black background",
            "a pink star on a white background",
            "a cyan heart on a brown background",
            "a large red cross on a white background");

    private BorderedShapes() {}

    /**
     * Draws the folder; then, if there is a LoRA, the same captions and seeds without and with it.
     *
     * @param arguments a folder (default: out/bordered), the LoRA, and the sheet (default: out/bordered.png)
     */
    public static void main(String[] arguments) throws Exception {
        Path folder = Path.of(arguments.length > 0 ? arguments[0] : "out/bordered");
        draw(folder, PICTURES);
        System.out.println("see " + folder);
        if (arguments.length > 1) {
            Path sheet = Path.of(arguments.length > 2 ? arguments[2] : "out/bordered.png");
            show(Path.of(arguments[1]), sheet);
            System.out.println("see " + sheet);
        }
    }

    static void draw(Path folder, int count) throws IOException {
        SceneGenerator generator = new SceneGenerator(5);
        List<Scene> scenes = new ArrayList<>();
        while (scenes.size() < count) {
            Scene scene = generator.single();
            ShapeObject inner = scene.objects().get(0);
            if (inner.color() != ShapeColor.YELLOW) {
                var border =
                        new ShapeObject(inner.kind(), ShapeColor.YELLOW, inner.x(), inner.y(), inner.radius() * BORDER);
                scenes.add(new Scene(List.of(border, inner), scene.backdrop(), scene.caption()));
            }
        }
        SceneFolder.draw(folder, scenes);
    }

    private static void show(Path lora, Path sheet) throws Exception {
        ContactSheet rows = new ContactSheet();
        row(rows, "before", ModelFiles.open(EmbeddedModel.folder()));
        row(rows, "with the LoRA", ModelFiles.open(EmbeddedModel.folder()).lora(lora, 1));
        PngFile.write(sheet, rows.image(), Map.of("captions", String.join("; ", CAPTIONS)));
    }

    private static void row(ContactSheet rows, String title, ModelFiles files) throws Exception {
        try (StableDiffusion model = files.assemble()) {
            var request = GenerationRequest.of(CAPTIONS.toArray(String[]::new))
                    .seed(42)
                    .steps(25)
                    .guidance(5)
                    .build();
            rows.row(
                    title,
                    Pictures.toImages(model.decode(model.generate(request).finish())));
        }
    }
}
