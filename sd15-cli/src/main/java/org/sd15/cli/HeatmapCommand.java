package org.sd15.cli;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.cli.report.FileNames;
import org.sd15.cli.report.HeatPicture;
import org.sd15.cli.report.PicturePage;
import org.sd15.importer.io.AtomicFile;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.heatmap.HeatMap;
import org.sd15.pipeline.heatmap.HeatMapOptions;
import org.sd15.pipeline.heatmap.HeatMapRequest;
import org.sd15.pipeline.heatmap.HeatMapRun;
import org.sd15.pipeline.heatmap.HeatMapSelection;
import org.sd15.pipeline.heatmap.PromptHeatMaps;
import org.sd15.pipeline.image.Pictures;
import org.sd15.pipeline.image.PngFile;
import org.sd15.pipeline.inversion.DdimInverter;
import org.sd15.pipeline.schedule.SamplerName;
import org.sd15.pipeline.schedule.Scheduler;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Shows which pixels a word looked at. */
@Command(
        name = "heatmap",
        footer = {
            "sd15 heatmap --prompt \"a cat on a bench\" --words cat,bench --output maps",
            "sd15 heatmap --image in.png --prompt \"a red car\" --words \"red car\""
        },
        description = "Draw a prompt, or take a picture, and show where each word is in it (DAAM).",
        mixinStandardHelpOptions = true)
final class HeatmapCommand implements Callable<Integer> {

    @Mixin
    private ModelOptions model = new ModelOptions();

    @Mixin
    private SamplingOptions sampling = new SamplingOptions();

    @Mixin
    private PromptOptions style = new PromptOptions();

    @Mixin
    private MadeFrom madeFrom = new MadeFrom();

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Option(names = "--prompt", required = true, description = "What to draw, or what the picture shows.")
    private String prompt = "";

    @Option(
            names = "--words",
            split = ",",
            description = "Words and phrases, separated by commas (default: all words).")
    private List<String> words = List.of();

    @Option(names = "--specials", description = "Show the start and the end token as well.")
    private boolean specials;

    @Option(
            names = "--layers",
            paramLabel = "N,N-N",
            description = "Only these layers, numbered in the order of execution (default: all but the middle one).")
    private @Nullable String layers;

    @Option(names = "--heads", paramLabel = "N,N-N", description = "Only these heads, from 0 (default: all).")
    private @Nullable String heads;

    @Option(names = "--only-steps", paramLabel = "N,N-N", description = "Only these steps, from 0 (default: all).")
    private @Nullable String onlySteps;

    @Option(names = "--mean-steps", description = "Average the steps instead of adding them up.")
    private boolean meanSteps;

    @Mixin
    private ImageOptions image = new ImageOptions();

    @Override
    public Integer call() throws Exception {
        style.addLoras(model, List.of(prompt));
        output.requireFolder(image.addTo(madeFrom.addTo(sampling.addTo(model.inputs()))));
        try (StableDiffusion diffusion = model.load()) {
            style.warn(diffusion, List.of(prompt));
            HeatMapSelection selection = selection();
            var options = new HeatMapOptions(onlySteps != null, false);
            INDArray given = image.picture(diffusion);
            long height = given == null ? diffusion.pictureSize() : given.size(2);
            long width = given == null ? height : given.size(3);
            HeatMapRequest request = HeatMapRequest.of(style.withoutLoras(prompt))
                    .sampling(style.of(sampling.of(diffusion)))
                    .options(options);
            HeatMapRun.require(diffusion, request, words, height, width, selection);
            if (given == null) {
                image.expectDrawing(diffusion, model, (double) sampling.steps() * sampling.rows());
            } else {
                request.settings().requireNoStart();
                image.expect(diffusion, model, given, sampling.steps() * 2.0); // there and back
                List<String> shown = List.of(style.withoutLoras(prompt));
                request = request.inverted(
                        Inverting.of(diffusion, request.settings().guidance(1), shown)
                                .invert(new DdimInverter(), given, shown));
            }
            HeatMapRun run = request.on(diffusion);
            output.finish("drawing", run.run());
            write(diffusion, given, run, run.maps(selection));
        }
        return 0;
    }

    private HeatMapSelection selection() {
        HeatMapSelection all = HeatMapSelection.ALL;
        IntPredicate ofLayers = NumberRanges.of("--layers", layers);
        HeatMapSelection parts = all.sites(site -> ofLayers.test(site.index()))
                .heads(NumberRanges.of("--heads", heads))
                .steps(NumberRanges.of("--only-steps", onlySteps));
        return meanSteps ? parts.averaged() : parts;
    }

    private void write(StableDiffusion diffusion, @Nullable INDArray given, HeatMapRun run, PromptHeatMaps maps)
            throws IOException {
        INDArray pictures = output.decoded(diffusion, run.run().latents());
        PicturePage page = new PicturePage(prompt);
        if (given != null) {
            page.add(
                    "given",
                    ImageOptions.tellLoss(given, pictures),
                    Pictures.toImages(given).get(0));
        }
        BufferedImage drawn = Pictures.toImages(pictures).get(0);
        Map<String, HeatMap> chosen = new LinkedHashMap<>();
        words.forEach(word -> chosen.put(word, maps.word(word)));
        Map<String, HeatMap> shown = new LinkedHashMap<>(chosen.isEmpty() ? maps.words() : chosen);
        if (specials) {
            shown.putAll(maps.specials());
        }
        FileNames names = FileNames.of(shown.keySet());
        Map<String, String> parameters = parameters(diffusion, given, drawn);
        Path picture = output.inFolder("picture.png");
        PngFile.write(picture, drawn, output.texts(prompt, parameters));
        Console.result(picture);
        page.add("picture", "", drawn);
        for (Map.Entry<String, HeatMap> word : shown.entrySet()) {
            HeatMap map = word.getValue();
            Map<String, String> own = new LinkedHashMap<>(parameters);
            own.put("Word", word.getKey());
            Map<String, String> texts = output.texts(prompt, own);
            output.note(
                    "heat." + word.getKey(), Nd4j.createFromArray(map.values()).reshape(map.height(), map.width()));
            String name = "heat-" + names.name(word.getKey());
            Path path = output.inFolder(name + ".png");
            PngFile.write(path, HeatPicture.over(drawn, map), texts);
            Console.result(path);
            page.add(word.getKey(), "", HeatPicture.over(drawn, map));
            Path alone = output.inFolder("map-" + names.name(word.getKey()) + ".png");
            PngFile.write(alone, HeatPicture.alone(map.overlay(drawn.getHeight(), drawn.getWidth())), texts);
            Console.result(alone);
            writeCsv(output.inFolder(name + ".csv"), map);
        }
        output.page(output.inFolder("page.html"), page.html(output.parameters(parameters)));
        output.writeDump();
    }

    /** A given picture is drawn again by DDIM; without one the prompt is drawn by the model's own scheduler. */
    private Map<String, String> parameters(StableDiffusion diffusion, @Nullable INDArray given, BufferedImage drawn)
            throws IOException {
        Scheduler chosen = sampling.scheduler(diffusion);
        SamplerName name = given != null
                ? sampling.editing(diffusion)
                : SamplerName.of(chosen == null ? diffusion.scheduler() : chosen);
        return sampling.parameters(name, model, drawn, "heat maps");
    }

    private static void writeCsv(Path path, HeatMap map) throws IOException {
        byte[] text = (String.join("\n", map.csv()) + "\n").getBytes(StandardCharsets.UTF_8);
        AtomicFile.write(path, text);
        Console.result(path);
    }
}
