package org.sd15.benchmark.method;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.benchmark.DrawnTasks;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.inversion.InversionInputs;
import org.sd15.pipeline.inversion.Inverter;
import org.sd15.pipeline.inversion.NoisePredictor;
import org.sd15.shapes.EmbeddedModel;

/** Any number of edits of a picture cost one inversion for each way, counted by what inverters ask the model. */
class SharedInversionTest {

    private static final int STEPS = 2;

    /** Counts the predictions that are made for inversions. */
    private record Counting(NoisePredictor inner, AtomicInteger calls) implements NoisePredictor {

        @Override
        public INDArray predict(INDArray latents, double timestep, INDArray context) {
            calls.incrementAndGet();
            return inner.predict(latents, timestep, context);
        }

        @Override
        public INDArray contextGradient(INDArray latents, double timestep, INDArray context, INDArray cotangent) {
            return inner.contextGradient(latents, timestep, context, cotangent);
        }
    }

    @Test
    void allEditsOfAPictureCostOneInversionForEachWay() throws Exception {
        List<String> inverted = new ArrayList<>();
        AtomicInteger calls = new AtomicInteger();
        UnaryOperator<Inverter> watch = inverter -> subject -> {
            inverted.add(inverter.getClass().getSimpleName());
            return inverter.invert(counting(subject, calls));
        };
        try (StableDiffusion model = StableDiffusion.load(EmbeddedModel.folder())) {
            Job job = DrawnTasks.of(1, 1, 64).get(0).job();
            Workbench bench = new Workbench(model, job, STEPS, 42, watch);
            List<BenchmarkMethod> all = EditMethods.all(null);
            for (String name :
                    List.of("p2p-ddim", "p2p-direct", "p2p-negative-prompt", "p2p-proximal", "pix2pix-zero")) {
                BenchmarkMethod method = EditMethods.named(all, List.of(name)).get(0);
                for (Settings settings : method.grid().subList(0, 2)) {
                    Edited edited = method.edit(bench, settings);
                    assertThat(edited.picture().shape()).as(name).containsExactly(1, 3, 64, 64);
                    assertThat(edited.reconstructionPsnr()).as(name).isGreaterThan(5);
                    assertThat(edited.inversionSeconds()).as(name).isPositive();
                }
            }
            bench.heatMaps();
            assertThat(inverted).containsExactly("DdimInverter");
            assertThat(calls).hasValue(STEPS);
            for (String name : List.of("masactrl", "masactrl-direct")) {
                EditMethods.named(all, List.of(name))
                        .get(0)
                        .edit(bench, all.get(8).grid().get(0));
            }
            assertThat(inverted).containsExactly("DdimInverter", "DdimInverter"); // without a prompt
            assertThat(calls).hasValue(2 * STEPS);
        }
    }

    private static InversionInputs counting(InversionInputs subject, AtomicInteger calls) {
        return new InversionInputs(
                new Counting(subject.model(), calls),
                subject.config(),
                subject.steps(),
                subject.guidance(),
                subject.latents(),
                subject.prompts(),
                subject.conditional(),
                subject.unconditional(),
                subject.noise());
    }
}
