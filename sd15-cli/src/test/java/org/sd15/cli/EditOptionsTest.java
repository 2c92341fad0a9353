package org.sd15.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.sd15.pipeline.denoise.Grid;
import org.sd15.pipeline.edit.prompt.Blend;
import org.sd15.pipeline.edit.prompt.CrossGate;
import org.sd15.pipeline.edit.prompt.EditRequest;
import org.sd15.pipeline.edit.prompt.EditRequest.Edit;
import org.sd15.pipeline.words.Window;
import picocli.CommandLine;

/** What the options of an edit mean. */
class EditOptionsTest {

    private static Edit edit(String... arguments) {
        EditOptions options = new EditOptions();
        new CommandLine(options).parseArgs(arguments);
        options.check();
        return options.apply(EditRequest.of("a", "b").edit());
    }

    @Test
    void nothingSaidIsAsPublished() {
        assertThat(edit()).isEqualTo(EditRequest.of("a", "b").edit());
    }

    @Test
    void aGateHasOneEndOrTwo() {
        Edit edit = edit("--cross-steps", "0.2..0.7", "--cross-steps", "b=0.1..0.5", "--self-steps", "0.1..0.6");
        assertThat(edit.crossGate()).isEqualTo(new CrossGate(new Window(0.2, 0.7)).word("b", new Window(0.1, 0.5)));
        assertThat(edit.selfGate()).isEqualTo(new Window(0.1, 0.6));
        Edit ends = edit("--cross-steps", "b=0.3", "--cross-steps", "0.5", "--self-steps", "1");
        assertThat(ends.crossGate()).isEqualTo(new CrossGate(Window.until(0.5)).word("b", Window.until(0.3)));
        assertThat(ends.selfGate()).isEqualTo(Window.ALWAYS);
    }

    @Test
    void selfAttentionIsLimitedByHalvings() {
        assertThat(edit("--self-limit", "0").selfLimit()).isZero();
        assertThat(edit("--self-limit", "2").selfLimit()).isEqualTo(2);
    }

    @Test
    void aBlendHasWordsThatMayChangeAndWordsThatMayNot() {
        Edit edit = edit(
                "--blend",
                "cat,dog,fox",
                "--blend",
                "hat,cap",
                "--blend-subtract",
                "collar,collar",
                "--blend-start",
                "0.4",
                "--blend-threshold",
                "0.5",
                "--blend-resolution",
                "8");
        assertThat(edit.blend())
                .isEqualTo(Blend.of("cat", "dog", "fox")
                        .and("hat", "cap")
                        .without("collar", "collar")
                        .startAfter(0.4)
                        .threshold(0.5)
                        .resolution(new Grid(8, 8)));
        assertThat(edit("--blend", "cat,dog").blend())
                .isEqualTo(new Blend(List.of(List.of("cat", "dog")), List.of(), 0.3, 0.2, null));
    }
}
