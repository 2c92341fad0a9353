package org.sd15.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Locale;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.benchmark.timing.PictureTiming;

/**
 * What is told of a whole picture.
 *
 * @param timing of its parts
 * @param execution how it was computed
 * @param precision in what
 * @param size side of the latents
 */
record PictureBench(PictureTiming timing, String execution, String precision, int size) {

    /** In words. */
    String text() {
        return String.format(
                Locale.ROOT,
                "picture, %s, size %d: load %.2f s, text %.2f s, %d steps %.2f s (first %.2f, best %.2f), decoding %.2f s,"
                        + " together %.2f s, peak resident %.2f GB",
                execution,
                size,
                timing.loadSeconds(),
                timing.textSeconds(),
                timing.stepSeconds().size(),
                timing.steps(),
                timing.stepSeconds().get(0),
                timing.bestStep(),
                timing.decodeSeconds(),
                timing.total(),
                timing.peakRssGb().orElse(Double.NaN));
    }

    /** As one JSON object. */
    String json() throws JsonProcessingException {
        ObjectMapper mapper = new ObjectMapper();
        ObjectNode node = mapper.createObjectNode();
        node.put("what", "picture").put("size", size);
        node.put("precision", precision).put("execution", execution);
        node.put("threads", Nd4j.getEnvironment().maxThreads());
        node.put("load_seconds", timing.loadSeconds());
        node.put("text_seconds", timing.textSeconds());
        timing.stepSeconds().forEach(node.putArray("step_seconds")::add);
        node.put("decode_seconds", timing.decodeSeconds());
        node.put("total_seconds", timing.total());
        timing.peakRssGb().ifPresentOrElse(gb -> node.put("peak_rss_gb", gb), () -> node.putNull("peak_rss_gb"));
        return mapper.writeValueAsString(node);
    }
}
