package org.sd15.outside;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.sd15.testing.Closeness.assertSameBits;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.INDArrayIndex;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.denoise.EditBatch;
import org.sd15.pipeline.denoise.EditBatch.Share;
import org.sd15.pipeline.denoise.EditMethod;
import org.sd15.pipeline.denoise.EditProgram;
import org.sd15.pipeline.denoise.GenerationRequest;
import org.sd15.pipeline.denoise.GenerationRequestBuilder;
import org.sd15.pipeline.denoise.Grid;
import org.sd15.pipeline.denoise.Stage;
import org.sd15.pipeline.edit.prompt.EditRequest;
import org.sd15.testing.Fixture;

/** An editing method that a user wrote, with what is public. */
class UserDefinedMethodTest {

    private static final String CIRCLE = "a large red circle on a gray background";
    private static final String STAR = "a large red star on a gray background";

    private static StableDiffusion model;

    @BeforeAll
    static void load() throws Exception {
        model = StableDiffusion.load(Fixture.resource("sd15-pipeline", "shapes"));
    }

    @AfterAll
    static void close() {
        model.close();
    }

    /**
     * Until a share of the steps is done, the left half of every target is the source's.
     *
     * @param share of the steps
     * @param stages that it was tied to
     */
    private record SharedHalf(double share, List<Stage> stages) implements EditMethod {

        @Override
        public EditProgram over(Stage stage) {
            stages.add(stage);
            INDArrayIndex left = NDArrayIndex.interval(0, stage.latents().width() / 2);
            return new EditProgram() {
                @Override
                public INDArray afterStep(int step, INDArray latents) {
                    if (step >= share * stage.steps()) {
                        return latents;
                    }
                    INDArray changed = latents.dup('c');
                    for (int picture = 1; picture < stage.rows().pictures(); picture++) {
                        INDArrayIndex[] half = {NDArrayIndex.all(), NDArrayIndex.all(), left};
                        changed.slice(picture).get(half).assign(latents.slice(0).get(half));
                    }
                    return changed;
                }
            };
        }
    }

    private static INDArray left(INDArray latents, int picture) {
        return latents.slice(picture)
                .get(NDArrayIndex.all(), NDArrayIndex.all(), NDArrayIndex.interval(0, 8))
                .dup('c');
    }

    private static GenerationRequestBuilder drawing(String... prompts) {
        return GenerationRequest.of(prompts)
                .scheduler(model.scheduler("ddim"))
                .steps(4)
                .seeds(3, 3);
    }

    @Test
    void aMethodKnowsTheRunThatItIsGivenTo() {
        List<Stage> stages = new ArrayList<>();
        drawing(CIRCLE, STAR)
                .size(96, 64)
                .guidance(1)
                .with(new SharedHalf(1, stages))
                .build()
                .on(model);
        assertThat(stages).hasSize(1);
        Stage stage = stages.get(0);
        assertThat(stage.latents()).isEqualTo(new Grid(16, 24));
        assertThat(stage.rows().pictures()).isEqualTo(2);
        assertThat(stage.rows().rows()).isEqualTo(2);
        assertThat(stage.steps()).isEqualTo(4);
        assertThat(stage.sampler().timestep(0)).isEqualTo(751);
        assertThat(stage.sites()).isEqualTo(model.unet().sites(16, 24, 77));
    }

    @Test
    void aMethodSteersARunThatDraws() {
        INDArray shared = drawing(CIRCLE, STAR)
                .with(new SharedHalf(1, new ArrayList<>()))
                .build()
                .on(model)
                .finish();
        assertSameBits("left", left(shared, 1), left(shared, 0));
        INDArray early = drawing(CIRCLE, STAR)
                .with(new SharedHalf(0.5, new ArrayList<>()))
                .build()
                .on(model)
                .finish();
        assertThat(left(early, 1)).isNotEqualTo(left(early, 0));
        assertSameBits("source", early.slice(0), shared.slice(0));
    }

    @Test
    void aMethodGoesWithAnotherEdit() {
        List<Stage> stages = new ArrayList<>();
        INDArray latents = EditRequest.of(CIRCLE, STAR)
                .sampling(set -> set.steps(3).with(new SharedHalf(1, stages)))
                .on(model)
                .run()
                .finish();
        assertSameBits("left", left(latents, 1), left(latents, 0));
        assertThat(stages.get(0).rows().rows()).isEqualTo(4);
    }

    /** Each part of a batch sees a stage of its own pictures alone. */
    @Test
    void methodsShareABatch() {
        List<Stage> stages = new ArrayList<>();
        EditMethod half = new SharedHalf(1, stages);
        EditMethod batch = EditBatch.of(new Share(EditProgram.NONE, 1), new Share(half, 2));
        INDArray latents = GenerationRequest.of(STAR, CIRCLE, STAR)
                .scheduler(model.scheduler("ddim"))
                .steps(2)
                .seeds(3, 4, 4)
                .with(batch)
                .build()
                .on(model)
                .finish();
        assertThat(stages.get(0).rows().pictures()).isEqualTo(2);
        assertThat(stages.get(0).rows().guided()).isTrue();
        assertSameBits("left", left(latents, 2), left(latents, 1));
        assertThat(left(latents, 1)).isNotEqualTo(left(latents, 0));
        assertThatThrownBy(() -> drawing(CIRCLE, STAR).with(batch).build().on(model))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("edits of 3 pictures side by side, the batch has 2");
    }

    @Test
    void aChainOfMethodsActsInOrder() {
        List<String> order = new ArrayList<>();
        EditMethod first = stage -> noting(order, "first");
        EditMethod second = stage -> noting(order, "second");
        drawing(CIRCLE, STAR)
                .with(EditMethod.chain(List.of(first, second)))
                .build()
                .on(model)
                .next();
        assertThat(order).containsExactly("first", "second");
    }

    private static EditProgram noting(List<String> order, String name) {
        return new EditProgram() {
            @Override
            public INDArray afterStep(int step, INDArray latents) {
                order.add(name);
                return latents;
            }
        };
    }
}
