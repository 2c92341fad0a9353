package org.sd15.pipeline.text;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Words that a tokenizer has learnt beside its vocabulary. Of several that begin at one place the longest counts. */
final class AddedWords {

    static final AddedWords NONE = new AddedWords(Map.of());

    private static final String NEVER = "(?!)";

    private final Map<String, List<Token>> words;
    private final Pattern pattern;

    /**
     * One token of a word.
     *
     * @param id its number
     * @param name the word, or the word with a number behind it
     */
    record Token(int id, String name) {}

    private AddedWords(Map<String, List<Token>> words) {
        this.words = words;
        String alternatives = words.keySet().stream()
                .sorted(Comparator.comparingInt(String::length).reversed())
                .map(Pattern::quote)
                .collect(Collectors.joining("|"));
        this.pattern = Pattern.compile(alternatives.isEmpty() ? NEVER : alternatives);
    }

    /**
     * These words and one more.
     *
     * @param names the word, then the names of its further tokens
     * @param normal how a prompt is brought to a normal form before it is searched
     */
    AddedWords with(List<String> names, int firstId, UnaryOperator<String> normal) {
        List<Token> tokens = new ArrayList<>();
        names.forEach(name -> tokens.add(new Token(firstId + tokens.size(), name)));
        Map<String, List<Token>> more = new HashMap<>(words);
        tokens.forEach(token -> more.put(normal.apply(token.name), List.of(token)));
        more.put(normal.apply(names.get(0)), List.copyOf(tokens));
        return new AddedWords(more);
    }

    boolean has(String normalName) {
        return words.containsKey(normalName);
    }

    int size() {
        return words.size();
    }

    Matcher matcher(String normalText) {
        return pattern.matcher(normalText);
    }

    /** The tokens that stand for what the matcher has found. */
    List<Token> tokens(String found) {
        return Objects.requireNonNull(words.get(found));
    }
}
