package org.sd15.pipeline.words;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.sd15.pipeline.prompt.Fragment;
import org.sd15.pipeline.text.Encoding;
import org.sd15.pipeline.words.PromptWords.Word;

/** Cuts text at white space into words, and tokenizes each by itself. A word may reach over fragments, as in (cat:1.2)s. */
final class WordReader {

    private static final Pattern WHITE_SPACE = Pattern.compile("\\p{IsWhite_Space}+");
    private static final Pattern STARTS_WHITE = Pattern.compile("\\p{IsWhite_Space}.*", Pattern.DOTALL);
    private static final Pattern ENDS_WHITE = Pattern.compile(".*\\p{IsWhite_Space}", Pattern.DOTALL);

    private final Function<String, Encoding> tokenizer;
    private final List<Found> found = new ArrayList<>();
    private final List<Integer> ids = new ArrayList<>();
    private final List<String> pieces = new ArrayList<>();

    /** A word, the number of its first token, its tokens, and whether several fragments made it. */
    private record Found(String text, int first, List<Integer> ids, boolean joined) {}

    private WordReader(Function<String, Encoding> tokenizer) {
        this.tokenizer = tokenizer;
    }

    /** Reads sections, over which no word reaches. */
    static WordReader read(List<List<Fragment>> sections, Function<String, Encoding> tokenizer) {
        WordReader reader = new WordReader(tokenizer);
        sections.forEach(reader::readSection);
        return reader;
    }

    private void readSection(List<Fragment> fragments) {
        boolean open = false;
        for (Fragment fragment : fragments) {
            String text = fragment.text();
            boolean goesOn = open && !STARTS_WHITE.matcher(text).matches();
            for (String part : split(text)) {
                add(part, goesOn);
                goesOn = false;
            }
            open = text.isEmpty() ? open : !ENDS_WHITE.matcher(text).matches();
        }
    }

    private void add(String part, boolean goesOn) {
        Encoding encoding = tokenizer.apply(part);
        List<Integer> own = TokenLayout.inner(encoding);
        if (goesOn) {
            Found begun = found.remove(found.size() - 1);
            List<Integer> all = new ArrayList<>(begun.ids);
            all.addAll(own);
            found.add(new Found(begun.text + part, begun.first, all, true));
        } else {
            found.add(new Found(part, ids.size(), own, false));
        }
        ids.addAll(own);
        pieces.addAll(encoding.pieces().subList(1, encoding.pieces().size() - 1));
    }

    /** A text cut at white space; no empty parts. */
    static List<String> split(String text) {
        return WHITE_SPACE.splitAsStream(text).filter(part -> !part.isEmpty()).toList();
    }

    /** The numbers of all tokens, without start and end. */
    List<Integer> ids() {
        return ids;
    }

    /** The text of each of them. */
    List<String> pieces() {
        return pieces;
    }

    /** The words with the positions of their tokens. */
    List<Word> words(TokenLayout layout) {
        return IntStream.range(0, found.size())
                .mapToObj(i -> word(i + 1, found.get(i), layout))
                .toList();
    }

    private Word word(int number, Found found, TokenLayout layout) {
        String text = found.text;
        int from = 0;
        int to = text.length();
        while (from < to && isPunctuation(text.codePointAt(from))) {
            from += Character.charCount(text.codePointAt(from));
        }
        while (from < to && isPunctuation(text.codePointBefore(to))) {
            to -= Character.charCount(text.codePointBefore(to));
        }
        List<Integer> before = TokenLayout.inner(tokenizer.apply(text.substring(0, from)));
        List<Integer> bare = TokenLayout.inner(tokenizer.apply(text.substring(from, to)));
        List<Integer> behind = TokenLayout.inner(tokenizer.apply(text.substring(to)));
        List<Integer> all = positions(layout, found.first, found.ids.size());
        int last = found.ids.size() - behind.size();
        boolean apart = !bare.isEmpty()
                && before.size() < last
                && found.ids.subList(0, before.size()).equals(before)
                && found.ids.subList(last, found.ids.size()).equals(behind)
                && (found.joined || found.ids.subList(before.size(), last).equals(bare));
        List<Integer> bareTokens = apart ? all.subList(before.size(), last) : all;
        return new Word(number, text, text.substring(from, to), all, bareTokens);
    }

    private static List<Integer> positions(TokenLayout layout, int first, int count) {
        return IntStream.range(first, first + count)
                .map(layout::position)
                .boxed()
                .toList();
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
}
