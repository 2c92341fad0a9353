package org.sd15.pipeline.heatmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.sd15.pipeline.ShapesModel.CIRCLE;
import static org.sd15.pipeline.ShapesModel.STAR;
import static org.sd15.pipeline.ShapesModel.noise;

import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.attention.control.AttentionSite;
import org.sd15.attention.control.AttentionSite.Place;
import org.sd15.pipeline.ShapesModel;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.denoise.EditProgram;
import org.sd15.pipeline.denoise.Grid;
import org.sd15.pipeline.prompt.PromptStyle;

/** Heat maps over text states of several chunks, against the attention of the run written out. */
class ChunkedHeatMapTest {

    private static final String PROMPT = CIRCLE + " BREAK (" + STAR + ":1.2)";
    private static final int KEYS = 154;
    private static final int STEPS = 2;

    /** Sums up all cross attention of the conditional row over the steps, {@code [heads, queries, keys]}. */
    private record Recorder(List<AttentionSite> sites, Map<AttentionSite, double[]> sums) implements EditProgram {

        @Override
        public Collection<String> taps(int step) {
            return sites.stream().map(AttentionSite::probs).toList();
        }

        @Override
        public void observe(int step, Map<String, INDArray> maps) {
            for (AttentionSite site : sites) {
                INDArray probs = Objects.requireNonNull(maps.get(site.probs()));
                double[] now =
                        probs.slice(1).castTo(DataType.DOUBLE).dup('c').data().asDouble();
                sums.merge(site, now, (before, more) -> {
                    double[] sum = before.clone();
                    Arrays.setAll(sum, i -> before[i] + more[i]);
                    return sum;
                });
            }
        }
    }

    @Test
    void aWordOfTheSecondChunkHasTheMeanAttentionToItsTokens() {
        try (StableDiffusion model = ShapesModel.load()) {
            List<AttentionSite> sites = model.unet().sites(16, 16, KEYS).stream()
                    .filter(site -> site.isCross() && site.place() != Place.MID)
                    .toList();
            Recorder recorder = new Recorder(sites, new LinkedHashMap<>());
            HeatMapRun run = HeatMapRequest.of(PROMPT)
                    .sampling(usual -> usual.steps(STEPS)
                            .latents(noise())
                            .promptStyle(PromptStyle.WEBUI)
                            .program(recorder))
                    .on(model);
            run.run().finish();
            PromptHeatMaps maps = run.maps();
            assertThat(maps.prompt().tokens("star")).containsExactly(77 + 4);
            assertThat(maps.prompt().tokens("circle")).containsExactly(4);
            assertThat(maps.words()).containsKeys("circle", "star");
            int end = model.tokenizer().encode(STAR).ids().size() - 1;
            assertThat(maps.tokens()).hasSize(77 + end + 1);

            for (int token : new int[] {4, 77 + 4, 77}) {
                double[] expected = mean(recorder, token);
                float[] actual = maps.token(token).values();
                for (int i = 0; i < expected.length; i++) {
                    assertThat((double) actual[i])
                            .as("token %d, pixel %d", token, i)
                            .isCloseTo(expected[i], within(1e-6));
                }
            }
            assertThat(maps.word("star")).isEqualTo(maps.token(77 + 4));
        }
    }

    private static double[] mean(Recorder recorder, int token) {
        double[] sum = new double[16 * 16];
        int heads = recorder.sites.stream().mapToInt(AttentionSite::heads).sum();
        recorder.sums.forEach((site, probs) -> {
            Bicubic bicubic = new Bicubic(Grid.of(site), new Grid(16, 16));
            for (int head = 0; head < site.heads(); head++) {
                double[] map = new double[site.queries()];
                for (int query = 0; query < map.length; query++) {
                    map[query] = probs[(head * site.queries() + query) * KEYS + token];
                }
                double[] resized = bicubic.resize(map);
                Arrays.setAll(sum, i -> sum[i] + Math.max(0, resized[i]) / heads);
            }
        });
        return sum;
    }
}
