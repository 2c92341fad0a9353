package org.sd15.pipeline.words;

import java.text.Normalizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiPredicate;
import java.util.stream.Collectors;
import org.sd15.pipeline.words.PromptWords.Word;

/** Looks for a word, or several in a row, in a prompt. */
record WordSearch(PromptWords prompt, String query, Conformance conformance) {

    WordSearch {
        if (PromptWords.split(query).isEmpty()) {
            throw new IllegalArgumentException(
                    "an empty word can't be looked for in the prompt \"%s\"".formatted(prompt));
        }
    }

    /** The tokens of all occurrences that the text encoder sees; empty if there is none. */
    Optional<List<Integer>> found() {
        List<Integer> tokens = occurrences().stream()
                .filter(prompt::isSeen)
                .flatMap(List::stream)
                .distinct()
                .sorted()
                .toList();
        return tokens.isEmpty() ? Optional.empty() : Optional.of(tokens);
    }

    /** Why nothing was found. */
    IllegalArgumentException failure() {
        List<List<Integer>> occurrences = occurrences();
        if (!occurrences.isEmpty()) {
            return prompt.cutOff(query, occurrences.get(0));
        }
        String words = prompt.words().stream().map(Word::text).collect(Collectors.joining(", "));
        return new IllegalArgumentException("the word \"%s\" is not in the prompt \"%s\"; its words are: %s"
                .formatted(query, prompt, words.isEmpty() ? "none" : words));
    }

    private List<List<Integer>> occurrences() {
        if (conformance == Conformance.REFERENCE) {
            return prompt.words().stream()
                    .filter(word -> word.text().equals(query))
                    .map(Word::tokens)
                    .toList();
        }
        List<List<Integer>> asTyped = occurrences(String::equals);
        return asTyped.isEmpty() ? occurrences(String::equalsIgnoreCase) : asTyped;
    }

    private List<List<Integer>> occurrences(BiPredicate<String, String> same) {
        List<String> phrase = PromptWords.split(composed(query));
        List<List<Integer>> occurrences = new ArrayList<>();
        for (int start = 0; start + phrase.size() <= prompt.words().size(); start++) {
            List<Integer> tokens = new ArrayList<>();
            int matched = 0;
            while (matched < phrase.size()) {
                List<Integer> own = match(prompt.words().get(start + matched), phrase.get(matched), same);
                if (own.isEmpty()) {
                    break;
                }
                tokens.addAll(own);
                matched++;
            }
            if (matched == phrase.size()) {
                occurrences.add(tokens);
            }
        }
        return occurrences;
    }

    private static List<Integer> match(Word word, String wanted, BiPredicate<String, String> same) {
        if (same.test(composed(word.text()), wanted)) {
            return word.tokens();
        }
        return same.test(composed(word.bare()), wanted) ? word.bareTokens() : List.of();
    }

    private static String composed(String text) {
        return Normalizer.normalize(text, Normalizer.Form.NFC);
    }
}
