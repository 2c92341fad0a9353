package org.sd15.spark.executor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.sd15.pipeline.StableDiffusion;

class ExecutorModelsTest {

    private static final ModelLocation EMBEDDED = new ModelLocation(ModelLocation.EMBEDDED);

    @Test
    void opensAModelOnceAndGivesEachTaskAHandleOfItsOwn() throws IOException {
        ExecutorModels models = new ExecutorModels();
        StableDiffusion first;
        try (var one = models.lease(EMBEDDED);
                var other = models.lease(EMBEDDED)) {
            first = one.model();
            assertThat(other.model()).isNotSameAs(first);
            assertThat(other.model().unet().weights().get("conv_in.bias").data().address())
                    .isEqualTo(first.unet().weights().get("conv_in.bias").data().address());
        }
        try (var again = models.lease(EMBEDDED)) {
            assertThat(again.model()).isSameAs(first);
        }
        assertThat(models.opened()).isEqualTo(1);
        models.close();
    }

    @Test
    void aHandleThatComesBackAfterTheEndIsClosed() throws IOException {
        ExecutorModels models = new ExecutorModels();
        var late = models.lease(EMBEDDED);
        models.close();
        late.close();
        try (var anew = models.lease(EMBEDDED)) {
            assertThat(anew.model()).isNotSameAs(late.model());
        }
        assertThat(models.opened()).isEqualTo(2);
        models.close();
    }

    @Test
    void aModelThatIsNotThereIsToldWithItsPath() {
        assertThatThrownBy(() -> new ExecutorModels().lease(new ModelLocation("/no/such/model")))
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith("/no/such/model: there is no such model on this executor");
    }
}
