package org.sd15.examples.training;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.cli.report.ContactSheet;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.image.Pictures;
import org.sd15.pipeline.image.PngFile;
import org.sd15.shapes.EmbeddedModel;
import org.sd15.shapes.Scene;
import org.sd15.shapes.SceneGenerator;
import org.sd15.shapes.ScenePainter;

/**
 * What a model that was trained here draws, and what the embedded one draws, of the same captions and seeds; and of how
 * many of them each gets the colours of the shape and of the background right.
 */
public final class CompareModels {

    private static final int CAPTIONS = 24;
    private static final int SHOWN = 8;
    private static final int SIDE = 64;

    private CompareModels() {}

    /**
     * Draws both.
     *
     * @param arguments the folder of a model (default: out/shapes/model), the sheet (default: out/compare.png), guidance
     *     (default: 5), steps of the sampler (default: 25)
     */
    public static void main(String[] arguments) throws Exception {
        Path model = Path.of(arguments.length > 0 ? arguments[0] : "out/shapes/model");
        Path out = Path.of(arguments.length > 1 ? arguments[1] : "out/compare.png");
        double guidance = arguments.length > 2 ? Double.parseDouble(arguments[2]) : 5;
        Drawing drawing = new Drawing(arguments.length > 3 ? Integer.parseInt(arguments[3]) : 25, guidance, 42);
        SceneGenerator generator = new SceneGenerator(99);
        List<Scene> scenes = new ArrayList<>();
        for (int i = 0; i < CAPTIONS; i++) {
            scenes.add(generator.single());
        }
        ContactSheet sheet = new ContactSheet();
        sheet.row(
                "asked for",
                scenes.subList(0, SHOWN).stream()
                        .map(scene -> Pictures.toImages(new ScenePainter(SIDE).paint(scene))
                                .get(0))
                        .toList());
        row(sheet, "the embedded model", EmbeddedModel.folder(), scenes, drawing);
        row(sheet, "from nothing", model, scenes, drawing);
        PngFile.write(out, sheet.image(), Map.of("guidance", String.valueOf(guidance)));
        scenes.subList(0, SHOWN).forEach(scene -> System.out.println(scene.caption()));
        System.out.println("see " + out);
    }

    private static void row(ContactSheet sheet, String name, Path folder, List<Scene> scenes, Drawing drawing)
            throws Exception {
        try (StableDiffusion model = StableDiffusion.load(folder)) {
            INDArray pictures =
                    drawing.of(model, scenes.stream().map(Scene::caption).toList());
            long colours = count(i -> SeenColour.of(pictures.slice(i))
                    == scenes.get(i).objects().get(0).color());
            long backdrops = count(
                    i -> SeenColour.behind(pictures.slice(i)) == scenes.get(i).backdrop());
            System.out.printf(
                    "%s: of %d pictures %d shapes and %d backgrounds have their colour%n",
                    name, CAPTIONS, colours, backdrops);
            sheet.row(name, Pictures.toImages(pictures).subList(0, SHOWN));
        }
    }

    private static long count(IntPredicate right) {
        return IntStream.range(0, CAPTIONS).filter(right).count();
    }
}
