package org.sd15.examples.training;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.cli.report.ContactSheet;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.image.Pictures;
import org.sd15.pipeline.image.PngFile;
import org.sd15.pipeline.model.ModelFiles;
import org.sd15.shapes.EmbeddedModel;
import org.sd15.shapes.Scene;
import org.sd15.shapes.SceneFolder;
import org.sd15.shapes.SceneGenerator;
import org.sd15.shapes.ShapeObject;

/**
 * Draws twenty pictures for a LoRA to learn from: each has two shapes of a kind side by side, and a caption that knows of
 * one. Then {@code ./sd15 train lora --data out/twins --output twins.safetensors --train-steps 200 --batch 4 --rank 8
 * --targets all --learning-rate 1e-3 --schedule cosine --high-noise 5} trains on them, and this program shows what the LoRA
 * makes of captions, and counts the shapes: of twelve pictures 1 has two or more without it, and 11 have with it.
 */
public final class TwinShapes {

    private static final int PICTURES = 20;
    private static final double LEFT = 0.26;
    private static final double LARGEST = 0.21;
    private static final int SHOWN = 6;
    private static final List<String> CAPTIONS = List.of(
            "a red circle on a white background",
            "a cyan heart on a brown background",
            "a large red cross on a white background",
            "a purple square on a gray background",
            "a red star on a black background",
            "a cyan star on a white background",
            "a red square on a gray background",
            "a large cyan triangle on a gray background",
            "a green circle on a brown background",
            "a large blue heart on a gray background",
            "a cyan cross on a brown background",
            "a large green triangle on a black background");

    private TwinShapes() {}

    /**
     * Draws the folder; then, if there is a LoRA, the same captions and seeds without and with it.
     *
     * @param arguments a folder (default: out/twins), the LoRA, the sheet (default: out/twins.png), steps of the sampler
     *     (default: 25)
     */
    public static void main(String[] arguments) throws Exception {
        Path folder = Path.of(arguments.length > 0 ? arguments[0] : "out/twins");
        draw(folder, PICTURES);
        System.out.println("see " + folder);
        if (arguments.length > 1) {
            Path sheet = Path.of(arguments.length > 2 ? arguments[2] : "out/twins.png");
            Drawing drawing = new Drawing(arguments.length > 3 ? Integer.parseInt(arguments[3]) : 25, 5, 42);
            show(Path.of(arguments[1]), sheet, drawing);
            System.out.println("see " + sheet);
        }
    }

    static void draw(Path folder, int count) throws IOException {
        SceneGenerator generator = new SceneGenerator(5);
        List<Scene> scenes = new ArrayList<>();
        while (scenes.size() < count) {
            Scene scene = generator.single();
            ShapeObject one = scene.objects().get(0);
            double radius = Math.min(one.radius(), LARGEST);
            var left = new ShapeObject(one.kind(), one.color(), LEFT, one.y(), radius);
            var right = new ShapeObject(one.kind(), one.color(), 1 - LEFT, one.y(), radius);
            scenes.add(new Scene(List.of(left, right), scene.backdrop(), scene.caption()));
        }
        SceneFolder.draw(folder, scenes);
    }

    private static void show(Path lora, Path sheet, Drawing drawing) throws Exception {
        ContactSheet rows = new ContactSheet();
        row(rows, "without", ModelFiles.open(EmbeddedModel.folder()), drawing);
        row(rows, "with the LoRA", ModelFiles.open(EmbeddedModel.folder()).lora(lora, 1), drawing);
        PngFile.write(sheet, rows.image(), Map.of("captions", String.join("; ", CAPTIONS.subList(0, SHOWN))));
    }

    private static void row(ContactSheet rows, String title, ModelFiles files, Drawing drawing) throws Exception {
        try (StableDiffusion model = StableDiffusion.of(files)) {
            INDArray pictures = drawing.of(model, CAPTIONS);
            int[] shapes = IntStream.range(0, CAPTIONS.size())
                    .map(i -> CountedShapes.in(pictures.slice(i)))
                    .toArray();
            System.out.printf(
                    "%s: %d of %d pictures have two shapes or more%n",
                    title, IntStream.of(shapes).filter(count -> count >= 2).count(), shapes.length);
            rows.row(title, Pictures.toImages(pictures).subList(0, SHOWN));
        }
    }
}
