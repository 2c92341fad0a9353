package org.sd15.pipeline.inversion;

import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.sd15.pipeline.schedule.SchedulerConfig;
import org.sd15.testing.Rule;

/** A model in closed form, in float64: the prediction depends on latents, time and text. */
final class Toy implements NoisePredictor {

    static final SchedulerConfig CONFIG = SchedulerConfig.sd15();

    @Override
    public INDArray predict(INDArray latents, double timestep, INDArray context) {
        INDArray text = context.mean(1, 2).reshape(context.size(0), 1, 1, 1);
        INDArray angle = latents.mul(3).add(text.mul(2));
        return latents.mul(0.3).add(Transforms.sin(angle, false).mul(0.1)).add(timestep * 5e-5);
    }

    @Override
    public INDArray contextGradient(INDArray latents, double timestep, INDArray context, INDArray cotangent) {
        INDArray text = context.mean(1, 2).reshape(context.size(0), 1, 1, 1);
        INDArray slope = Transforms.cos(latents.mul(3).add(text.mul(2)), false).mul(0.2);
        INDArray each = slope.mul(cotangent).sum(1, 2, 3).div(context.size(1) * context.size(2));
        return context.mul(0).add(each.reshape(context.size(0), 1, 1));
    }

    /** Pictures of numbers, each with noise of its own that doesn't depend on the others. */
    static InversionInputs inputs(int steps, int pictures) {
        AtomicInteger draws = new AtomicInteger();
        return new InversionInputs(
                new Toy(),
                CONFIG,
                steps,
                7.5,
                rows("toy.latents", pictures),
                Collections.nCopies(pictures, "a toy"),
                context("toy.conditional", pictures),
                context("toy.unconditional", 1).broadcast(pictures, 5, 3).dup('c'),
                () -> rows("toy.noise." + draws.getAndIncrement(), pictures));
    }

    /** The subject of one of several pictures. */
    static InversionInputs only(InversionInputs all, int picture) {
        AtomicInteger draws = new AtomicInteger();
        return new InversionInputs(
                all.model(),
                all.config(),
                all.steps(),
                all.guidance(),
                all.latents().slice(picture).reshape(1, 4, 6, 6),
                List.of(all.prompts().get(picture)),
                all.conditional().slice(picture).reshape(1, 5, 3),
                all.unconditional().slice(picture).reshape(1, 5, 3),
                () -> rows("toy.noise." + draws.getAndIncrement(), picture + 1)
                        .slice(picture)
                        .reshape(1, 4, 6, 6)
                        .dup('c'));
    }

    private static INDArray rows(String name, int pictures) {
        INDArray rows = org.nd4j.linalg.factory.Nd4j.create(DataType.DOUBLE, pictures, 4, 6, 6);
        for (int i = 0; i < pictures; i++) {
            rows.slice(i).assign(Rule.input(name + "." + i, DataType.DOUBLE, 4, 6, 6));
        }
        return rows;
    }

    private static INDArray context(String name, int pictures) {
        return Rule.input(name, DataType.DOUBLE, pictures, 5, 3).mul(0.3);
    }
}
