package org.sd15.pipeline.inversion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.sd15.pipeline.OrangeSquare.BLUE;
import static org.sd15.pipeline.OrangeSquare.GUIDANCE;
import static org.sd15.pipeline.OrangeSquare.PROMPT;
import static org.sd15.pipeline.OrangeSquare.STEPS;
import static org.sd15.pipeline.OrangeSquare.request;
import static org.sd15.pipeline.OrangeSquare.settings;
import static org.sd15.testing.Closeness.largestDifference;

import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.OrangeSquare;
import org.sd15.pipeline.denoise.EditProgram;
import org.sd15.pipeline.denoise.RunFactory;
import org.sd15.pipeline.inversion.ProximalGuidance.Threshold;
import org.sd15.pipeline.schedule.DdimScheduler;
import org.sd15.pipeline.words.Conformance;

/** Negative-prompt inversion and proximal guidance on the small trained model. */
class ProximalGuidanceTest {

    private static OrangeSquare square;

    @BeforeAll
    static void load() {
        square = OrangeSquare.load();
    }

    @AfterAll
    static void close() throws Exception {
        square.close();
    }

    @Test
    void theSourceUnderItsOwnPromptIsDrawnWithoutGuidanceWhateverTheScale() {
        Inversion inversion = square.invert(new DdimInverter(), STEPS);
        InvertedPicture given = new InvertedPicture(inversion, Replay.NEGATIVE_PROMPT);
        INDArray strong = square.edit(request(given, BLUE)).run().finish();
        INDArray weak = square.edit(
                        request(given, BLUE).sampling(base -> base.steps(STEPS).guidance(2)))
                .run()
                .finish();
        INDArray unguided = new RunFactory(square.model().components())
                .denoise(
                        new DdimScheduler(square.model().components().schedulerConfig()).sampler(STEPS),
                        settings(STEPS, 1),
                        List.of(PROMPT),
                        EditProgram.NONE,
                        inversion.level(STEPS))
                .finish();
        assertThat(largestDifference(strong.slice(0), weak.slice(0))).isLessThan(1e-4);
        assertThat(largestDifference(strong.slice(0), unguided.slice(0))).isLessThan(1e-4);
        assertThat(largestDifference(strong.slice(1), weak.slice(1))).isGreaterThan(0.1);
    }

    @Test
    void nothingIsLetGoAtAQuantileOfZeroAndEverythingAtOne() {
        InvertedPicture given = new InvertedPicture(square.invert(new DdimInverter(), STEPS), Replay.NEGATIVE_PROMPT);
        INDArray plain = square.edit(request(given, BLUE)).run().finish();
        assertThat(largestDifference(proximal(given, 0, Threshold.HARD), plain)).isLessThan(1e-4);
        assertThat(largestDifference(proximal(given, 0, Threshold.SOFT), plain)).isLessThan(1e-4);
        INDArray all = proximal(given, 1, Threshold.HARD);
        INDArray uncut = closedGates(given, new ProximalGuidance(GUIDANCE, 1, Threshold.SOFT, Conformance.CORRECTED));
        assertThat(largestDifference(all.slice(1), plain.slice(1))).isGreaterThan(0.1);
        assertThat(largestDifference(uncut.slice(1), uncut.slice(0))).isLessThan(1e-4);
    }

    private static INDArray proximal(InvertedPicture given, double quantile, Threshold threshold) {
        return square.edit(request(given, BLUE)
                        .sampling(base -> base.steps(STEPS)
                                .guidance(GUIDANCE)
                                .program(new ProximalGuidance(GUIDANCE, quantile, threshold, Conformance.CORRECTED))))
                .run()
                .finish();
    }

    private static INDArray closedGates(InvertedPicture given, EditProgram program) {
        return square.edit(request(given, BLUE)
                        .edit(edit -> edit.crossSteps(0).selfSteps(0))
                        .sampling(base -> base.steps(STEPS).guidance(GUIDANCE).program(program)))
                .run()
                .finish();
    }
}
