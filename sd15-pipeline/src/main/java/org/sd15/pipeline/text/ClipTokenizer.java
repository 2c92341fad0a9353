package org.sd15.pipeline.text;

import java.io.IOException;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The byte-level BPE tokenizer of CLIP's text encoder, with the rules of Hugging Face's {@code CLIPTokenizer}: what
 * diffusers feeds the model. OpenAI's original additionally repairs broken text and unescapes HTML; this one does not.
 *
 * <p>A text is brought to NFC, white space collapsed, and lower-cased character by character. It is then cut into
 * contractions, runs of letters, single digits and runs of anything else, and every such word into the pieces of the
 * vocabulary. Thread-safe.
 *
 * @see <a href="https://github.com/huggingface/transformers/blob/v4.57.1/src/transformers/convert_slow_tokenizer.py">
 *     transformers, {@code CLIPConverter}</a>
 */
public final class ClipTokenizer {

    /** The first token of every prompt. */
    public static final String START = "<|startoftext|>";

    /** The last token of every prompt, also the usual padding and the unknown token. */
    public static final String END = "<|endoftext|>";

    /** The positions of CLIP's text encoder. */
    public static final int MAX_LENGTH = 77;

    private static final Pattern WHITE_SPACE = Pattern.compile("\\p{IsWhite_Space}+");
    private static final Pattern WORD = Pattern.compile("'s|'t|'re|'ve|'m|'ll|'d|\\p{L}+|\\p{N}|[^ \\p{L}\\p{N}]+");

    /** The one character that becomes two in lower case, whatever the language. */
    private static final int CAPITAL_I_WITH_DOT = 0x130;

    private static final int REMEMBERED_WORDS = 4096;

    private final Map<String, Integer> vocabulary;
    private final BytePairs merges;
    private final int maxLength;
    private final int padding;
    private final AddedWords literal;
    private final AddedWords added;
    private final RecentWords recent = new RecentWords(REMEMBERED_WORDS);

    /**
     * Such a tokenizer.
     *
     * @param padding the number of the token that fills up a short prompt
     * @param literal the words that are looked for as they are written, start and end token among them
     * @param added those that are looked for in the normal form
     */
    private ClipTokenizer(
            Map<String, Integer> vocabulary,
            BytePairs merges,
            int maxLength,
            int padding,
            AddedWords literal,
            AddedWords added) {
        this.vocabulary = Map.copyOf(vocabulary);
        this.merges = merges;
        this.maxLength = maxLength;
        this.padding = padding;
        this.literal = literal;
        this.added = added;
    }

    /** {@link #load(Path, int)} with {@link #MAX_LENGTH}. */
    public static ClipTokenizer load(Path folder) throws IOException {
        return load(folder, MAX_LENGTH);
    }

    /**
     * Reads {@code vocab.json} and {@code merges.txt} of a tokenizer folder, or its {@code tokenizer.json}, and the words
     * that were added to it.
     *
     * @param folder the folder {@code tokenizer} of a diffusers model
     * @param maxLength the tokens that the text encoder takes, at least 2
     * @throws java.nio.file.NoSuchFileException if one of the files is missing
     * @throws IllegalArgumentException if a file is malformed, the two do not belong together or the start or end token
     *     is missing; the message names the file and the entry
     */
    public static ClipTokenizer load(Path folder, int maxLength) throws IOException {
        if (maxLength < 2) {
            throw new IllegalArgumentException(
                    "a maximal length of " + maxLength + " leaves no room for start and end");
        }
        TokenizerFiles.Content files = new TokenizerFiles(folder).read();
        List<AddedToken> literal = new ArrayList<>();
        for (String own : List.of(START, END)) {
            literal.add(new AddedToken(
                    own, Objects.requireNonNull(files.vocabulary().get(own)), false, false));
        }
        files.added().stream().filter(token -> !token.normalized()).forEach(literal::add);
        AddedToken padding = PaddingToken.read(folder, files.vocabulary(), files.added());
        literal.add(padding);
        return new ClipTokenizer(
                files.vocabulary(),
                files.merges(),
                maxLength,
                padding.id(),
                AddedWords.of(literal, UnaryOperator.identity()),
                AddedWords.of(
                        files.added().stream().filter(AddedToken::normalized).toList(), ClipTokenizer::normalized));
    }

    /**
     * This tokenizer with a learnt word, which is found anywhere in a prompt, before anything is cut into
     * pieces, and whatever its case. It becomes all its tokens; the tokens after the first can be named one by one.
     *
     * <p>Diffusers does the same, with one difference: where a prompt spells a word of several tokens in another case,
     * it takes the first token only.
     *
     * @param tokens the word, then the names of its further tokens
     * @param firstId the number of the first token; the others follow
     * @throws IllegalArgumentException if there is such a token already
     */
    public ClipTokenizer withWord(List<String> tokens, int firstId) {
        for (String token : tokens) {
            boolean whole = vocabulary.containsKey(normalized(token) + BytePairs.WORD_END);
            if (whole || vocabulary.containsKey(token) || added.has(normalized(token)) || literal.has(token)) {
                throw new IllegalArgumentException(
                        "the word %s is in the vocabulary already; give the learnt one another name".formatted(token));
            }
        }
        AddedWords more = added.with(tokens, firstId, ClipTokenizer::normalized);
        return new ClipTokenizer(vocabulary, merges, maxLength, padding, literal, more);
    }

    /** The number of entries of the vocabulary, 49,408 for CLIP, and of tokens that were added. */
    public int vocabularySize() {
        return vocabulary.size() + literal.countBeside(vocabulary.keySet()) + added.size();
    }

    /** The largest number of a token that the tokenizer's files have added, -1 if there is none. */
    public int largestAddedId() {
        return Math.max(literal.largestId(), added.largestId());
    }

    /**
     * The tokens of a prompt, between start and end token, not cut and not padded.
     *
     * <p>The names of the start and end token inside a text are those tokens.
     */
    public Encoding encode(String text) {
        Tokens tokens = new Tokens();
        tokens.add(START, START);
        split(
                text,
                literal,
                between -> split(normalized(between), added, rest -> addWords(rest, tokens), tokens),
                tokens);
        tokens.add(END, END);
        return new Encoding(tokens.ids, tokens.pieces, maxLength, padding);
    }

    /** Cuts a text at the words that were added. */
    private static void split(String text, AddedWords words, Consumer<String> between, Tokens tokens) {
        Matcher word = words.matcher(text);
        int from = 0;
        while (word.find()) {
            between.accept(text.substring(from, word.start()));
            words.tokens(word.group()).forEach(tokens::add);
            from = word.end();
        }
        between.accept(text.substring(from));
    }

    private void addWords(String text, Tokens tokens) {
        Matcher word = WORD.matcher(text);
        while (word.find()) {
            for (String piece : recent.pieces(ByteSymbols.encode(word.group()), merges::pieces)) {
                String symbols = piece.endsWith(BytePairs.WORD_END)
                        ? piece.substring(0, piece.length() - BytePairs.WORD_END.length())
                        : piece;
                tokens.add(piece, ByteSymbols.decode(symbols));
            }
        }
    }

    private static String normalized(String text) {
        String composed = Normalizer.normalize(text, Normalizer.Form.NFC);
        StringBuilder lower = new StringBuilder(composed.length());
        WHITE_SPACE.matcher(composed).replaceAll(" ").codePoints().forEach(character -> {
            // String.toLowerCase would turn a capital sigma at the end of a word into a final sigma.
            lower.appendCodePoint(Character.toLowerCase(character));
            if (character == CAPITAL_I_WITH_DOT) {
                lower.append('\u0307');
            }
        });
        return lower.toString();
    }

    /** Grows while a text is read. */
    private final class Tokens {

        private final List<Integer> ids = new ArrayList<>();
        private final List<String> pieces = new ArrayList<>();

        void add(String token, String text) {
            Integer id = vocabulary.get(token);
            ids.add(id == null ? vocabulary.get(END) : id);
            pieces.add(text);
        }

        void add(AddedWords.Token token) {
            ids.add(token.id());
            pieces.add(token.name());
        }
    }
}
