package org.sd15.pipeline.text;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Words that a tokenizer has learnt beside its vocabulary. Of several that begin at one place the longest counts. */
final class AddedWords {

    static final AddedWords NONE = new AddedWords(Map.of(), Set.of());

    private static final String NEVER = "(?!)";
    private static final String ALONE = "(?<!\\w)%s(?!\\w)";

    private final Map<String, List<Token>> words;
    private final Set<String> single;
    private final Pattern pattern;

    /**
     * One token of a word.
     *
     * @param id its number
     * @param name the word, or the word with a number behind it
     */
    record Token(int id, String name) {}

    private AddedWords(Map<String, List<Token>> words, Set<String> single) {
        this.words = words;
        this.single = single;
        String alternatives = words.keySet().stream()
                .sorted(Comparator.comparingInt(String::length).reversed())
                .map(word -> single.contains(word) ? ALONE.formatted(Pattern.quote(word)) : Pattern.quote(word))
                .collect(Collectors.joining("|"));
        this.pattern = Pattern.compile(alternatives.isEmpty() ? NEVER : alternatives, Pattern.UNICODE_CHARACTER_CLASS);
    }

    /**
     * The words of a tokenizer's files. One with {@code word_1}, {@code word_2} and so on beside it becomes all of
     * these tokens, as in diffusers' {@code maybe_convert_prompt}.
     */
    static AddedWords of(List<AddedToken> tokens, UnaryOperator<String> normal) {
        Map<String, Token> named = new HashMap<>();
        tokens.forEach(token -> named.put(token.content(), new Token(token.id(), token.content())));
        Map<String, List<Token>> words = new HashMap<>();
        Set<String> single = new HashSet<>();
        for (AddedToken token : tokens) {
            List<Token> all = new ArrayList<>();
            for (Token next = named.get(token.content()); next != null; ) {
                all.add(next);
                next = named.get(token.content() + "_" + all.size());
            }
            String word = normal.apply(token.content());
            words.put(word, List.copyOf(all));
            if (token.singleWord()) {
                single.add(word);
            }
        }
        return new AddedWords(words, single);
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
        return new AddedWords(more, single);
    }

    boolean has(String normalName) {
        return words.containsKey(normalName);
    }

    int size() {
        return words.size();
    }

    /** How many of the words are in no vocabulary. */
    int countBeside(Set<String> vocabulary) {
        return (int) words.keySet().stream()
                .filter(word -> !vocabulary.contains(word))
                .count();
    }

    Matcher matcher(String normalText) {
        return pattern.matcher(normalText);
    }

    /** The largest number of a token, -1 if there are none. */
    int largestId() {
        return words.values().stream()
                .flatMap(List::stream)
                .mapToInt(Token::id)
                .max()
                .orElse(-1);
    }

    /** The tokens that stand for what the matcher has found. */
    List<Token> tokens(String found) {
        return Objects.requireNonNull(words.get(found));
    }
}
