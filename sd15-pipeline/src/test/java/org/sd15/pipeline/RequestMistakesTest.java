package org.sd15.pipeline;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.pipeline.denoise.GenerationRequest;
import org.sd15.pipeline.denoise.GenerationRequestBuilder;
import org.sd15.pipeline.edit.delta.DeltaDenoisingRequest;
import org.sd15.pipeline.edit.instruct.InstructRequest;
import org.sd15.pipeline.edit.ledits.Concept;
import org.sd15.pipeline.edit.prompt.Blend;
import org.sd15.pipeline.edit.zero.EditDirection;
import org.sd15.pipeline.edit.zero.Pix2PixZeroRequest;
import org.sd15.pipeline.inversion.GivenPicture;
import org.sd15.pipeline.inversion.InversionMethod;
import org.sd15.pipeline.inversion.NoiseMapInverter;
import org.sd15.pipeline.inversion.NullTextInverter;
import org.sd15.pipeline.inversion.ProximalGuidance;
import org.sd15.pipeline.inversion.SourceGuidance;
import org.sd15.pipeline.schedule.DdimScheduler;
import org.sd15.pipeline.schedule.SchedulerConfig;
import org.sd15.pipeline.vae.VaeLoss;
import org.sd15.pipeline.words.Conformance;

/** Numbers that are none are refused where a request is made, and not found in a picture. */
class RequestMistakesTest {

    private static final double NAN = Double.NaN;
    private static final double INFINITE = Double.POSITIVE_INFINITY;

    static Stream<Arguments> mistakes() {
        INDArray picture = Nd4j.zeros(1, 3, 8, 8);
        GenerationRequestBuilder request = GenerationRequest.of("a");
        return Stream.of(
                mistake("guidance is NaN", () -> request.guidance(NAN).build()),
                mistake("guidance is Infinity", () -> request.guidance(INFINITE).build()),
                mistake(
                        "guidance is -Infinity",
                        () -> request.guidance(-INFINITE).build()),
                mistake(
                        "guidance rescale is NaN",
                        () -> GenerationRequest.of("a").guidanceRescale(NAN).build()),
                mistake("0 steps", () -> GenerationRequest.of("a").steps(0).build()),
                mistake(
                        "clip skip is -1",
                        () -> GenerationRequest.of("a").clipSkip(-1).build()),
                mistake("strength is NaN", () -> new GenerationRequest.Source(picture, NAN, null)),
                mistake("eta is NaN", () -> new DdimScheduler(SchedulerConfig.sd15(), NAN)),
                mistake("eta is -1", () -> new DdimScheduler(SchedulerConfig.sd15(), -1)),
                mistake("skip is NaN", () -> new GivenPicture(picture, InversionMethod.DDIM, NAN)),
                mistake("the threshold is NaN", () -> Blend.of("a", "b").threshold(NAN)),
                mistake("the start is NaN", () -> Blend.of("a", "b").startAfter(NAN)),
                mistake(
                        "a word of the source and one of the target, got [c]",
                        () -> Blend.of("a", "b").without("c")),
                mistake("the threshold is 1.0", () -> Blend.of("a", "b").threshold(1)),
                mistake("guidance of the source is NaN", () -> new SourceGuidance(NAN)),
                mistake(
                        "guidance of the inversion is NaN",
                        () -> NoiseMapInverter.editFriendly().guidance(NAN)),
                mistake("null-text inversion: guidance Infinity", () -> new NullTextInverter(INFINITE)),
                mistake(
                        "guidance is NaN",
                        () -> new ProximalGuidance(NAN, 0.7, ProximalGuidance.Threshold.HARD, Conformance.CORRECTED)),
                mistake("threshold is Infinity", () -> Concept.add("a").threshold(INFINITE)),
                mistake(
                        "pix2pix-zero: the amount is NaN",
                        () -> Pix2PixZeroRequest.of("a", new EditDirection(picture))
                                .amount(NAN)),
                mistake(
                        "guidance by the picture is NaN",
                        () -> InstructRequest.of("a", picture).imageGuidance(NAN)),
                mistake(
                        "delta denoising: 200 iterations of step size Infinity",
                        () -> DeltaDenoisingRequest.of("a", "b", picture).stepSize(INFINITE)),
                mistake(
                        "guidance is NaN",
                        () -> DeltaDenoisingRequest.of("a", "b", picture).guidance(NAN)),
                mistake("weights Infinity", () -> new VaeLoss(INFINITE, 1, 1)));
    }

    @ParameterizedTest
    @MethodSource("mistakes")
    void refusesWithOneClearError(String message, ThrowingCallable mistake) {
        assertThatThrownBy(mistake).isInstanceOf(IllegalArgumentException.class).hasMessageContaining(message);
    }

    private static Arguments mistake(String message, ThrowingCallable call) {
        return Arguments.of(message, call);
    }
}
