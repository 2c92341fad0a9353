package org.sd15.pipeline.edit.masactrl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.sd15.testing.Closeness.assertSameBits;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.attention.control.AttentionControl;
import org.sd15.attention.control.AttentionPlan;
import org.sd15.attention.control.AttentionSite;
import org.sd15.pipeline.denoise.Grid;
import org.sd15.pipeline.denoise.RowLayout;
import org.sd15.pipeline.denoise.Sites;
import org.sd15.pipeline.words.EditPrompts;
import org.sd15.pipeline.words.Prompts;

/** Which sites MasaCtrl reaches into, and what goes to them. */
class MasaCtrlRoutesTest {

    @Test
    void onlyKeysAndValuesOfTheDecodersLargeMapsAreRouted() {
        List<AttentionSite> sites = Sites.sd15(new Grid(64, 64));
        EditPrompts prompts = Prompts.edit("", "a cat");
        var program = MasaCtrl.DEFAULT.over(prompts, sites, new Grid(64, 64), new RowLayout(2, true));
        AttentionPlan plan = program.plan(AttentionPlan.PLAIN, sites);
        Set<Integer> routed =
                plan.routed().stream().map(AttentionSite::index).collect(Collectors.toCollection(TreeSet::new));
        assertThat(routed).containsExactly(10, 11, 12, 13, 14, 15);
        assertThat(plan.routed()).noneMatch(AttentionSite::isCross);
        assertThat(plan.mapped()).isEmpty();
        assertThat(plan.biased()).isEmpty();
        var feeds = program.control(4, AttentionControl.identity(4)).feeds(plan, sites, DataType.FLOAT);
        INDArray fromSource =
                Nd4j.createFromArray(new float[][] {{1, 0, 0, 0}, {1, 0, 0, 0}, {0, 0, 1, 0}, {0, 0, 1, 0}});
        assertSameBits("keys", feeds.get("control/10/self/route_key"), fromSource);
        assertSameBits("values", feeds.get("control/15/self/route_value"), fromSource);
        assertThat(feeds.get("control/10/self/route_query"))
                .isEqualTo(Nd4j.eye(4).castTo(DataType.FLOAT));
    }
}
