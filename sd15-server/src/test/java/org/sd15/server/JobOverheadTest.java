package org.sd15.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.denoise.GenerationRequest;
import org.sd15.pipeline.image.Pictures;
import org.sd15.pipeline.image.PngFile;
import org.sd15.shapes.EmbeddedModel;
import org.slf4j.LoggerFactory;

/** What a watched job costs over the same run in Java. */
@Tag("full")
class JobOverheadTest {

    private static final int RUNS = 15;
    private static final int STEPS = 20;
    private static final double MOST = 1.1;

    @TempDir
    private Path history;

    @Test
    void aJobTakesHardlyLongerThanTheRun() throws Exception {
        List<Long> alone = new ArrayList<>();
        List<Long> jobs = new ArrayList<>();
        try (TestServer server = TestServer.start(history);
                StableDiffusion model = StableDiffusion.load(EmbeddedModel.folder())) {
            server.awaitEnd(server.draw(STEPS));
            draw(model);
            for (int i = 0; i < RUNS; i++) { // by turns, so that both meet the same machine
                long begun = System.nanoTime();
                draw(model);
                long between = System.nanoTime();
                watch(server, server.draw(STEPS));
                alone.add(between - begun);
                jobs.add(System.nanoTime() - between);
            }
        }
        double ratio = (double) median(jobs) / median(alone);
        LoggerFactory.getLogger(getClass())
                .warn("{} steps: run {} ms, job {} ms", STEPS, median(alone) / 1_000_000, median(jobs) / 1_000_000);
        assertThat(ratio).isLessThan(MOST);
    }

    private static void draw(StableDiffusion model) throws Exception {
        var run = GenerationRequest.of(TestServer.PROMPT)
                .steps(STEPS)
                .seed(7)
                .scheduler(model.scheduler("ddim"))
                .build()
                .on(model);
        PngFile.encode(Pictures.toImages(model.decode(run.finish())).get(0), Map.of());
    }

    /** Reads a job's events, previews among them, until it has ended. */
    private static void watch(TestServer server, String id) throws Exception {
        try (Stream<String> lines = server.http()
                .send(server.request("/api/jobs/" + id + "/events").build(), BodyHandlers.ofLines())
                .body()) {
            assertThat(lines.anyMatch("event: done"::equals)).isTrue();
        }
    }

    private static long median(List<Long> times) {
        Collections.sort(times);
        return times.get(times.size() / 2);
    }
}
