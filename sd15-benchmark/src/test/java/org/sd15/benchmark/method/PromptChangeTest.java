package org.sd15.benchmark.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

/** What a method reads out of prompts and of what is typed. */
class PromptChangeTest {

    @Test
    void namesWhatIsNewAndWhatIsGone() {
        assertThat(PromptChange.of("a red circle on a black background", "a blue star on a black background"))
                .isEqualTo(new PromptChange(List.of("red circle"), List.of("blue star")));
        assertThat(PromptChange.of("a cat", "a cat with a hat"))
                .isEqualTo(new PromptChange(List.of(), List.of("with a hat")));
        assertThat(PromptChange.of("a red circle left of a blue star on sand", "a red circle on sand"))
                .isEqualTo(new PromptChange(List.of("left of a blue star"), List.of()));
        assertThat(PromptChange.of("one two three", "three two one"))
                .isEqualTo(new PromptChange(List.of("one two"), List.of("two one")));
        assertThat(PromptChange.of("the same", "the same").isNothing()).isTrue();
    }

    @Test
    void settingsAreReadAsTheyAreTyped() {
        Settings settings = Settings.parse("cross=0.4, self=1");
        assertThat(settings).isEqualTo(Settings.of("cross", 0.4, "self", 1));
        assertThat(settings).hasToString("cross 0.4, self 1");
        assertThat(settings.get("skip", 0.5)).isEqualTo(0.5);
        assertThat(Settings.by(List.of(settings), "skip", 0, 0.2))
                .containsExactly(settings.with("skip", 0), settings.with("skip", 0.2));
        assertThatThrownBy(() -> settings.get("skip")).hasMessageContaining("no setting \"skip\"");
        assertThatThrownBy(() -> Settings.parse("cross")).hasMessageContaining("must be like cross=0.4");
        assertThatThrownBy(() -> Settings.parse("cross=a")).hasMessageContaining("must be like cross=0.4");
    }
}
