package org.sd15.pipeline.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RecentWordsTest {

    private final List<String> split = new ArrayList<>();
    private final RecentWords recent = new RecentWords(2);

    @Test
    void forgetsTheWordThatWasAskedForLongestAgo() {
        ask("cat", "dog", "cat", "bird");
        assertThat(split).containsExactly("cat", "dog", "bird");
        ask("cat", "bird");
        assertThat(split).containsExactly("cat", "dog", "bird");
        ask("dog");
        assertThat(split).containsExactly("cat", "dog", "bird", "dog");
    }

    @Test
    void doesNotRememberLongWords() {
        String longWord = "x".repeat(65);
        ask(longWord, longWord);
        assertThat(split).containsExactly(longWord, longWord);
    }

    private void ask(String... words) {
        for (String word : words) {
            List<String> pieces = recent.pieces(word, asked -> {
                split.add(asked);
                return List.of(asked + "!");
            });
            assertThat(pieces).containsExactly(word + "!");
        }
    }
}
