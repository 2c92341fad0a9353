package org.sd15.server.job;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.heatmap.HeatMap;
import org.sd15.pipeline.heatmap.PromptHeatMaps;
import org.sd15.pipeline.inversion.Reconstruction;
import org.sd15.pipeline.prompt.PromptStyle;
import org.sd15.pipeline.schedule.SamplerName;
import org.sd15.pipeline.words.PromptWords.Word;

/** What several kinds of jobs leave. */
final class Results {

    private Results() {}

    /** How a picture was made, under the keys of the web UI. */
    static Map<String, String> values(
            TaskRun run, Common common, @Nullable SamplerName sampler, BufferedImage picture, long seed) {
        Map<String, String> values = new LinkedHashMap<>();
        if (sampler != null) {
            values.put("Steps", Integer.toString(common.steps()));
            values.put("Sampler", sampler.sampler());
            if (!sampler.scheduleType().equals(SamplerName.AUTOMATIC)) {
                values.put("Schedule type", sampler.scheduleType());
            }
        }
        values.put("CFG scale", Double.toString(common.guidance()));
        values.put("Seed", Long.toUnsignedString(seed));
        values.put("Size", picture.getWidth() + "x" + picture.getHeight());
        values.putAll(run.loaded().parameters());
        if (common.style() != PromptStyle.PLAIN) {
            values.put("Prompt style", common.style().name().toLowerCase(Locale.ROOT));
        }
        List<Common.LoraChoice> loras = common.loras(run.prompts());
        if (!loras.isEmpty()) {
            StringBuilder text = new StringBuilder();
            loras.forEach(lora -> text.append(text.isEmpty() ? "" : "; ")
                    .append(lora.name())
                    .append(' ')
                    .append(lora.scale()));
            values.put("LoRAs", text.toString());
        }
        return values;
    }

    /** Before and after. */
    static void beforeAndAfter(
            TaskRun run, Common common, List<BufferedImage> images, SamplerName sampler, Options options, String target)
            throws IOException {
        Map<String, String> values = values(run, common, sampler, images.get(0), common.seed());
        values.putAll(options.parameters(common));
        Map<String, String> texts = run.texts(target, "", values);
        if (images.size() > 1) {
            run.save("before.png", "before", images.get(0), texts).put("seed", common.seed());
        }
        run.save("after.png", "after", images.get(images.size() - 1), texts).put("seed", common.seed());
    }

    /** The heat maps of all words, as grey pictures of the picture's size. */
    static void maps(TaskRun run, PromptHeatMaps maps, String of, BufferedImage picture) throws IOException {
        for (Word word : maps.prompt().words()) {
            if (maps.prompt().find(word.text()).isEmpty()) {
                continue; // cut off
            }
            HeatMap map = maps.word(word.text());
            String name = "map-%s-%d.png".formatted(of, word.number());
            run.save(name, "map", grey(map.overlay(picture.getHeight(), picture.getWidth())), Map.of())
                    .put("word", word.text())
                    .put("of", of)
                    .put("number", word.number());
        }
    }

    private static BufferedImage grey(HeatMap map) {
        var image = new BufferedImage(map.width(), map.height(), BufferedImage.TYPE_BYTE_GRAY);
        for (int y = 0; y < map.height(); y++) {
            for (int x = 0; x < map.width(); x++) {
                int value = (int) Math.round(255 * Math.max(0, Math.min(1, (double) map.at(y, x))));
                image.getRaster().setSample(x, y, 0, value);
            }
        }
        return image;
    }

    /** A mask of the latents at the picture's size, {@code [h, w]}, white where it is 1. */
    static BufferedImage mask(INDArray mask, BufferedImage picture) {
        var image = new BufferedImage(picture.getWidth(), picture.getHeight(), BufferedImage.TYPE_BYTE_GRAY);
        int h = (int) mask.size(0);
        int w = (int) mask.size(1);
        for (int y = 0; y < image.getHeight(); y++) {
            for (int x = 0; x < image.getWidth(); x++) {
                double value = mask.getDouble(y * h / image.getHeight(), x * w / image.getWidth());
                image.getRaster().setSample(x, y, 0, (int) Math.round(255 * Math.max(0, Math.min(1, value))));
            }
        }
        return image;
    }

    /** How well a picture comes back. */
    static void report(TaskRun run, Reconstruction report) {
        ObjectNode out = run.result().putObject("reconstruction");
        number(out, "psnr", report.psnr());
        number(out, "autoencoderPsnr", report.autoencoderPsnr());
        number(out, "largestLatentDifference", report.largestLatentDifference());
        out.put("warning", report.warning().orElse(null));
    }

    private static void number(ObjectNode out, String name, double value) {
        if (Double.isFinite(value)) {
            out.put(name, value);
        } else {
            out.putNull(name);
        }
    }
}
