package org.sd15.pipeline.denoise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.sd15.pipeline.denoise.EditBatch.Share;
import org.sd15.pipeline.edit.ledits.Concept;
import org.sd15.pipeline.edit.ledits.LeditsEdit;
import org.sd15.pipeline.edit.zero.CrossAttentionGuidance;
import org.sd15.pipeline.schedule.DdimScheduler;
import org.sd15.pipeline.schedule.SchedulerConfig;
import org.sd15.pipeline.words.Conformance;

/** What methods are told of a run. */
class StageTest {

    private static final Grid LATENTS = new Grid(64, 64);

    private static Stage stage(RowLayout rows) {
        return new Stage(Sites.sd15(LATENTS), LATENTS, rows, new DdimScheduler(SchedulerConfig.sd15()).sampler(5));
    }

    @Test
    void theRowsUnderThePromptsComeLast() {
        RowLayout three = new RowLayout(2, 3);
        assertThat(three.rows()).isEqualTo(6);
        assertThat(three.conditional(0)).isEqualTo(4);
        assertThat(three.conditional(1)).isEqualTo(5);
        assertThat(three.guided()).isTrue();
        assertThat(new RowLayout(2, true)).isEqualTo(new RowLayout(2, 2));
        assertThat(new RowLayout(2, false)).isEqualTo(new RowLayout(2, 1));
        assertThat(new RowLayout(2, false).guided()).isFalse();
    }

    @Test
    void aPartOfAStageDiffersInItsPicturesAlone() {
        Stage all = stage(new RowLayout(5, true));
        Stage part = all.pictures(2);
        assertThat(part.rows()).isEqualTo(new RowLayout(2, true));
        assertThat(part.sites()).isEqualTo(all.sites());
        assertThat(part.sampler()).isSameAs(all.sampler());
        assertThat(part.steps()).isEqualTo(5);
    }

    @Test
    void methodsRefuseRowsThatTheyDoNotKnow() {
        EditBatch batch = EditBatch.of(new Share(EditProgram.NONE, 1), new Share(EditProgram.NONE, 1));
        assertThatThrownBy(() -> batch.over(stage(new RowLayout(2, 3))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("3 rows for each picture");
        assertThat(batch.over(stage(new RowLayout(2, 1)))).isInstanceOf(SideBySide.class);
        assertThat(EditBatch.of(new Share(EditProgram.NONE, 2)).over(stage(new RowLayout(2, 3))))
                .isSameAs(EditProgram.NONE);
        var ledits = new LeditsEdit(List.of(Concept.add("hat")), List.of(Set.of(1)), 3.5, Conformance.CORRECTED);
        assertThat(ledits.rowsPerPicture()).isEqualTo(3);
        assertThat(new LeditsEdit(List.of(), List.of(), 0, Conformance.CORRECTED).rowsPerPicture())
                .isEqualTo(1);
        assertThat(ledits.over(stage(new RowLayout(2, 3)))).isNotNull();
        assertThatThrownBy(() -> ledits.over(stage(new RowLayout(2, true))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("LEDITS++ with 1 concepts needs 3 rows for each picture, the run has 2");
    }

    @Test
    void anAmountThatIsNoNumberIsRefused() {
        assertThatThrownBy(() -> new CrossAttentionGuidance(Double.NaN)).hasMessageContaining("the amount is NaN");
    }
}
