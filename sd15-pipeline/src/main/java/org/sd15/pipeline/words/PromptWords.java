package org.sd15.pipeline.words;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.sd15.pipeline.text.ClipTokenizer;
import org.sd15.pipeline.text.Encoding;

/**
 * A prompt as words between white space, and the tokens of each. Token 0 is the start token, the prompt's own tokens
 * follow, then comes the end token.
 *
 * <p>The published rule counts characters of decoded pieces until a word is full. It loses its way where a piece is
 * only a part of a character and where several blanks follow each other; here each word is tokenized by itself, which
 * gives the same tokens as the whole prompt does, because no token reaches over white space.
 */
public final class PromptWords {

    private static final Pattern WHITE_SPACE = Pattern.compile("\\p{IsWhite_Space}+");

    private final String prompt;
    private final Encoding encoding;
    private final List<Word> words;

    private PromptWords(String prompt, Encoding encoding, List<Word> words) {
        this.prompt = prompt;
        this.encoding = encoding;
        this.words = List.copyOf(words);
    }

    /**
     * One word. Its tokens are counted as if the prompt were not cut.
     *
     * @param number 1 for the first word of the prompt
     * @param text the word as it was typed, with the punctuation that touches it
     * @param bare the word without punctuation at its ends
     * @param tokens the positions of all its tokens
     * @param bareTokens the positions of the tokens of {@code bare}; all of them where a token holds both
     */
    public record Word(int number, String text, String bare, List<Integer> tokens, List<Integer> bareTokens) {

        /** Copies the lists. */
        public Word {
            tokens = List.copyOf(tokens);
            bareTokens = List.copyOf(bareTokens);
        }
    }

    /**
     * The words of a prompt.
     *
     * @param tokenizer usually {@code tokenizer::encode} of a {@link ClipTokenizer}
     * @throws IllegalArgumentException if the tokenizer gives the prompt other tokens than its words one by one
     */
    public static PromptWords of(String prompt, Function<String, Encoding> tokenizer) {
        List<Word> words = new ArrayList<>();
        List<Integer> ids = new ArrayList<>();
        for (String text : split(prompt)) {
            List<Integer> own = inner(tokenizer.apply(text));
            words.add(word(words.size() + 1, text, ids.size() + 1, own, tokenizer));
            ids.addAll(own);
        }
        Encoding encoding = tokenizer.apply(prompt);
        if (!ids.equals(inner(encoding))) {
            throw new IllegalArgumentException(
                    "the prompt \"%s\" has the tokens %s, its words one by one %s; the tokenizer must not join words"
                            .formatted(prompt, inner(encoding), ids));
        }
        return new PromptWords(prompt, encoding, words);
    }

    private static Word word(
            int number, String text, int first, List<Integer> ids, Function<String, Encoding> tokenizer) {
        int from = 0;
        int to = text.length();
        while (from < to && isPunctuation(text.codePointAt(from))) {
            from += Character.charCount(text.codePointAt(from));
        }
        while (from < to && isPunctuation(text.codePointBefore(to))) {
            to -= Character.charCount(text.codePointBefore(to));
        }
        List<Integer> before = inner(tokenizer.apply(text.substring(0, from)));
        List<Integer> bare = inner(tokenizer.apply(text.substring(from, to)));
        List<Integer> parts = new ArrayList<>(before);
        parts.addAll(bare);
        parts.addAll(inner(tokenizer.apply(text.substring(to))));
        boolean apart = parts.equals(ids) && !bare.isEmpty();
        List<Integer> all = range(first, ids.size());
        List<Integer> bareTokens = apart ? range(first + before.size(), bare.size()) : all;
        return new Word(number, text, text.substring(from, to), all, bareTokens);
    }

    private static boolean isPunctuation(int character) {
        return switch (Character.getType(character)) {
            case Character.CONNECTOR_PUNCTUATION,
                    Character.DASH_PUNCTUATION,
                    Character.START_PUNCTUATION,
                    Character.END_PUNCTUATION,
                    Character.INITIAL_QUOTE_PUNCTUATION,
                    Character.FINAL_QUOTE_PUNCTUATION,
                    Character.OTHER_PUNCTUATION -> true;
            default -> false;
        };
    }

    /** A text cut at white space; no empty parts. */
    static List<String> split(String text) {
        return WHITE_SPACE.splitAsStream(text).filter(part -> !part.isEmpty()).toList();
    }

    private static List<Integer> inner(Encoding encoding) {
        return encoding.ids().subList(1, encoding.ids().size() - 1);
    }

    private static List<Integer> range(int first, int count) {
        return IntStream.range(first, first + count).boxed().toList();
    }

    /** The prompt as it was typed. */
    public String prompt() {
        return prompt;
    }

    /** The words in order. */
    public List<Word> words() {
        return words;
    }

    /** The keys of cross attention: tokens that the text encoder takes, 77 in Stable Diffusion 1.x. */
    public int keys() {
        return encoding.maxLength();
    }

    /** The position of the end token; padding follows it. */
    public int endToken() {
        return Math.min(encoding.ids().size(), keys()) - 1;
    }

    /** The numbers of the tokens that the text encoder sees, from the start token to the end token, without padding. */
    public List<Integer> ids() {
        return IntStream.of(encoding.padded()).limit(endToken() + 1L).boxed().toList();
    }

    /** {@link #tokens(String, Conformance)}, corrected. */
    public List<Integer> tokens(String words) {
        return tokens(words, Conformance.CORRECTED);
    }

    /**
     * The tokens of a word or of several words that follow each other, at all their occurrences.
     *
     * <p>Words match as they are typed; if none does, whatever their case. Punctuation that touches a word of the
     * prompt need not be typed, and its tokens are left out then: "cake" finds the cake of "a cake, please".
     * Occurrences that the text encoder doesn't see are passed over.
     *
     * @return ascending positions
     * @throws IllegalArgumentException if the prompt has no such word, or all its occurrences are cut off
     */
    public List<Integer> tokens(String words, Conformance conformance) {
        WordSearch search = new WordSearch(this, words, conformance);
        return search.found().orElseThrow(search::failure);
    }

    /** As {@link #tokens(String)}; empty where that refuses. */
    public Optional<List<Integer>> find(String words) {
        return find(words, Conformance.CORRECTED);
    }

    /** As {@link #tokens(String, Conformance)}; empty where that refuses. */
    public Optional<List<Integer>> find(String words, Conformance conformance) {
        return new WordSearch(this, words, conformance).found();
    }

    /**
     * The tokens of a word by its number.
     *
     * @param number 1 for the first word
     * @throws IllegalArgumentException if there is no such word, or it is cut off
     */
    public List<Integer> tokens(int number) {
        if (number < 1 || number > words.size()) {
            throw new IllegalArgumentException("the prompt \"%s\" has no word number %d; its words are 1 to %d"
                    .formatted(prompt, number, words.size()));
        }
        Word word = words.get(number - 1);
        if (!isSeen(word.tokens())) {
            throw cutOff(word.text(), word.tokens());
        }
        return word.tokens();
    }

    /** Those tokens of a word that the text encoder sees. */
    public List<Integer> seen(Word word) {
        return word.tokens().stream().filter(token -> token < keys() - 1).toList();
    }

    boolean isSeen(List<Integer> tokens) {
        return tokens.stream().allMatch(token -> token < keys() - 1);
    }

    IllegalArgumentException cutOff(String words, List<Integer> tokens) {
        int last = tokens.get(tokens.size() - 1);
        return new IllegalArgumentException(
                "\"%s\" is cut off from the prompt \"%s\": it ends at token %d, the last one seen is %d; shorten by %d"
                        .formatted(words, prompt, last, keys() - 2, encoding.cutOff()));
    }

    /** A table of the tokens for people: position, number, text, and the word that each belongs to. */
    public String table() {
        TextTable table = new TextTable("token", "id", "piece", "word", "text");
        int last = encoding.ids().size() - 1;
        table.add(0, encoding.ids().get(0), encoding.pieces().get(0), "", "");
        for (Word word : words) {
            for (int token : word.tokens()) {
                Object position = token < keys() - 1 ? token : "cut off";
                String piece = encoding.pieces().get(token);
                table.add(position, encoding.ids().get(token), piece, word.number(), word.text());
            }
        }
        table.add(endToken(), encoding.ids().get(last), encoding.pieces().get(last), "", "");
        return table.toString();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof PromptWords same
                && same.prompt.equals(prompt)
                && same.encoding.equals(encoding)
                && same.words.equals(words);
    }

    @Override
    public int hashCode() {
        return Objects.hash(prompt, encoding, words);
    }

    /** The prompt. */
    @Override
    public String toString() {
        return prompt;
    }
}
