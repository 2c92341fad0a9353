package org.sd15.pipeline.words;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.sd15.pipeline.prompt.Chunk;
import org.sd15.pipeline.prompt.Fragment;
import org.sd15.pipeline.prompt.PromptStyle;
import org.sd15.pipeline.prompt.PromptText;
import org.sd15.pipeline.text.ClipTokenizer;
import org.sd15.pipeline.text.Encoding;

/**
 * A prompt as words between white space, and the tokens of each. Token 0 is the start token, the prompt's own tokens
 * follow, then comes the end token. A prompt with weights is read without its syntax; where it has several chunks, the same
 * follows for each: with 77 tokens a chunk, token 77 is the start token of the second.
 *
 * <p>The published rule counts characters of decoded pieces until a word is full. It loses its way where a piece is
 * only a part of a character and where several blanks follow each other; here each word is tokenized by itself, which
 * gives the same tokens as the whole prompt does, because no token reaches over white space.
 */
public final class PromptWords {

    private final String prompt;
    private final TokenLayout layout;
    private final WordReader tokens;
    private final List<Word> words;

    private PromptWords(String prompt, TokenLayout layout, WordReader tokens, List<Word> words) {
        this.prompt = prompt;
        this.layout = layout;
        this.tokens = tokens;
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
     * The words of a plain prompt, which is cut if it is too long.
     *
     * @param tokenizer usually {@code tokenizer::encode} of a {@link ClipTokenizer}
     * @throws IllegalArgumentException if the tokenizer gives the prompt other tokens than its words one by one
     */
    public static PromptWords of(String prompt, Function<String, Encoding> tokenizer) {
        Encoding encoding = tokenizer.apply(prompt);
        WordReader reader = WordReader.read(List.of(List.of(new Fragment(prompt, 1))), tokenizer);
        return of(prompt, reader, TokenLayout.inner(encoding), TokenLayout.cut(encoding));
    }

    /**
     * The words of a prompt as it is written: without brackets and weights, and nothing is cut unless it is plain.
     *
     * @throws IllegalArgumentException if the prompt says other things at other steps, composes several prompts, asks for a
     *     LoRA or blends text states: words are of one text
     */
    public static PromptWords of(String prompt, PromptStyle style, ClipTokenizer tokenizer) {
        if (style == PromptStyle.PLAIN) {
            return of(prompt, tokenizer::encode);
        }
        PromptText text = style.text(prompt);
        List<Chunk> chunks = Chunk.of(tokenizer, text.sections());
        List<Integer> ids =
                chunks.stream().flatMap(chunk -> chunk.ids().stream()).toList();
        TokenLayout layout = TokenLayout.chunked(chunks, tokenizer.encode(""), text.chunks(tokenizer));
        return of(prompt, WordReader.read(text.sections(), tokenizer::encode), ids, layout);
    }

    private static PromptWords of(String prompt, WordReader reader, List<Integer> ids, TokenLayout layout) {
        if (!reader.ids().equals(ids)) {
            throw new IllegalArgumentException(
                    "the prompt \"%s\" has the tokens %s, its words one by one %s; the tokenizer must not join words"
                            .formatted(prompt, ids, reader.ids()));
        }
        return new PromptWords(prompt, layout, reader, reader.words(layout));
    }

    /**
     * This prompt with chunks of the empty one behind it.
     *
     * @param keys wanted, a multiple of the tokens that the text encoder takes
     */
    public PromptWords filledUpTo(int keys) {
        return new PromptWords(prompt, layout.filledUpTo(keys), tokens, words);
    }

    /** A text cut at white space; no empty parts. */
    static List<String> split(String text) {
        return WordReader.split(text);
    }

    /** The prompt as it was typed. */
    public String prompt() {
        return prompt;
    }

    /** The words in order. */
    public List<Word> words() {
        return words;
    }

    /** The keys of cross attention: tokens that the text encoder takes, 77 in Stable Diffusion 1.x, for each chunk. */
    public int keys() {
        return layout.keys();
    }

    /** The tokens of a chunk: what the text encoder takes at a time. */
    public int chunkLength() {
        return layout.length();
    }

    /** The position of the end token behind the last word; padding follows it. */
    public int endToken() {
        return layout.endToken(layout.chunks().size() - 1);
    }

    /** The position of the end token of a chunk; padding follows it up to the next chunk. */
    public int endToken(int chunk) {
        return layout.endToken(chunk);
    }

    /** The positions of the prompt's own tokens that the text encoder sees, without start, end and padding of any chunk. */
    public List<Integer> own() {
        return layout.own();
    }

    /**
     * The numbers of the tokens that the text encoder sees, from the start token to the end token, without padding and
     * without what ends a chunk and starts another.
     */
    public List<Integer> ids() {
        return layout.ids();
    }

    /** The positions of {@link #ids()}. */
    public List<Integer> positions() {
        return Stream.of(List.of(0), own(), List.of(endToken()))
                .flatMap(List::stream)
                .toList();
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
        return word.tokens().stream().filter(layout::isSeen).toList();
    }

    boolean isSeen(List<Integer> tokens) {
        return tokens.stream().allMatch(layout::isSeen);
    }

    IllegalArgumentException cutOff(String words, List<Integer> tokens) {
        int last = tokens.get(tokens.size() - 1);
        return new IllegalArgumentException(
                "\"%s\" is cut off from the prompt \"%s\": it ends at token %d, the last one seen is %d; shorten by %d"
                        .formatted(words, prompt, last, endToken() - 1, layout.cut()));
    }

    /** A table of the tokens for people: position, number, text, and the word that each belongs to. */
    public String table() {
        return new TokenTable(layout, tokens.ids(), tokens.pieces(), words).toString();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof PromptWords same
                && same.prompt.equals(prompt)
                && same.layout.equals(layout)
                && same.words.equals(words);
    }

    @Override
    public int hashCode() {
        return Objects.hash(prompt, layout, words);
    }

    /** The prompt. */
    @Override
    public String toString() {
        return prompt;
    }
}
