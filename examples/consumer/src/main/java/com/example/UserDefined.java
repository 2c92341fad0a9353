package com.example;

import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.denoise.GenerationRequest;
import org.sd15.pipeline.denoise.GenerationRequestBuilder;
import org.sd15.unet.UNetInput;

/**
 * Runs with an editing method and a scheduler of this project, and checks that both act.
 *
 * @param model a model
 */
record UserDefined(StableDiffusion model) {

    private static final int STEPS = 4;
    private static final double TOLERANCE = 1e-5; // of the largest value

    /** Draws "a" and "b" from the same noise. */
    private GenerationRequestBuilder twoPrompts() {
        return GenerationRequest.of("a", "b").steps(STEPS).scheduler(model.scheduler("ddim")).seeds(5, 5);
    }

    /** For all steps, "b" becomes the picture of "a"; for the first half of them it becomes neither. */
    void method() {
        INDArray plain = twoPrompts().build().on(model).finish(); // [2, 4, 8, 8]
        INDArray a = plain.slice(0);
        INDArray b = plain.slice(1);
        requireDifferent("two prompts", b, a);

        INDArray whole = twoPrompts().with(new FirstPrompt(1)).build().on(model).finish();
        requireEqual("the first picture under the method", whole.slice(0), a);
        requireEqual("the second picture under the method", whole.slice(1), a);

        INDArray half = twoPrompts().with(new FirstPrompt(0.5)).build().on(model).finish();
        requireEqual("the first picture under half of the method", half.slice(0), a);
        requireDifferent("the second picture under half of the method, and its own", half.slice(1), b);
        requireDifferent("the second picture under half of the method, and the first", half.slice(1), a);
    }

    /** A run equals the recurrence of its steps, computed from what the UNet predicts. */
    void scheduler() {
        var scheduler = new QuadraticScheduler(model.scheduler().config());
        INDArray start = Nd4j.randn(DataType.FLOAT, 1, 4, 8, 8);
        GenerationRequestBuilder request =
                GenerationRequest.of("a").guidance(1).steps(STEPS).latents(start);
        INDArray drawn = request.scheduler(scheduler).build().on(model).finish();

        INDArray text = model.encode(List.of("a"), 0);
        INDArray x = start.castTo(DataType.DOUBLE);
        for (int step = 0; step < STEPS; step++) {
            int timestep = scheduler.timestep(step, STEPS);
            double from = scheduler.noiseSchedule().alphaCumprod(timestep);
            double to = scheduler.noiseSchedule().alphaCumprod(scheduler.timestep(step + 1, STEPS));
            INDArray noise = model.unet()
                    .predict(UNetInput.of(x.castTo(DataType.FLOAT), timestep, text))
                    .castTo(DataType.DOUBLE);
            INDArray clean = x.sub(noise.mul(Math.sqrt(1 - from))).div(Math.sqrt(from));
            x = clean.mul(Math.sqrt(to)).add(noise.mul(Math.sqrt(1 - to)));
        }
        requireEqual("the scheduler's run", drawn, x);
        requireDifferent(
                "two schedulers", request.scheduler(model.scheduler("ddim")).build().on(model).finish(), drawn);
    }

    private static void requireEqual(String what, INDArray found, INDArray expected) {
        double distance = distance(found, expected);
        if (!(distance <= TOLERANCE)) {
            throw new IllegalStateException("%s is off by %.1e of the largest value".formatted(what, distance));
        }
    }

    private static void requireDifferent(String what, INDArray one, INDArray other) {
        double distance = distance(one, other);
        if (!(distance > 10 * TOLERANCE)) {
            throw new IllegalStateException("%s are %.1e of the largest value apart".formatted(what, distance));
        }
    }

    private static double distance(INDArray one, INDArray other) {
        INDArray exact = other.castTo(DataType.DOUBLE);
        return one.castTo(DataType.DOUBLE).sub(exact).amaxNumber().doubleValue()
                / exact.amaxNumber().doubleValue();
    }
}
