package org.sd15.pipeline.edit.ledits;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class ConceptTest {

    @Test
    void conceptsAreReadAsTheyAreTyped() {
        assertThat(Concept.parse("+tennis ball")).isEqualTo(Concept.add("tennis ball"));
        assertThat(Concept.parse("- cat")).isEqualTo(Concept.remove("cat"));
        assertThat(Concept.parse("a hat")).isEqualTo(Concept.add("a hat"));
        assertThat(Concept.remove("cat").scale()).isEqualTo(-5);
        assertThatThrownBy(() -> Concept.parse("+")).hasMessageContaining("without words");
        assertThatThrownBy(() -> Concept.add("a").steps(-1, 3)).hasMessageContaining("warm-up -1");
    }
}
