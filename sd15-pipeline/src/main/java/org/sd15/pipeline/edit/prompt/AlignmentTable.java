package org.sd15.pipeline.edit.prompt;

import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.sd15.pipeline.edit.prompt.PromptAlignment.Share;
import org.sd15.pipeline.words.PromptWords;
import org.sd15.pipeline.words.PromptWords.Word;
import org.sd15.pipeline.words.TextTable;

/**
 * Shows an alignment word by word, in the order of the target. Words of the source that nothing takes up stand between.
 */
final class AlignmentTable {

    private final PromptAlignment alignment;
    private final TextTable table = new TextTable("source", "tokens", "target", "tokens", "how");
    private int shown;

    AlignmentTable(PromptAlignment alignment) {
        this.alignment = alignment;
    }

    @Override
    public String toString() {
        Set<Integer> taken = new TreeSet<>();
        alignment.target().words().forEach(word -> taken.addAll(sources(word)));
        for (Word word : alignment.target().words()) {
            Set<Integer> tokens = sources(word);
            List<Word> old = sourceWords(tokens);
            if (!old.isEmpty()) {
                addLeftOut(taken, old.get(0).number() - 1);
                shown = Math.max(shown, old.get(old.size() - 1).number());
            }
            String texts = old.stream().map(Word::text).collect(Collectors.joining(" "));
            table.add(
                    texts,
                    numbers(tokens),
                    word.text(),
                    numbers(alignment.target().seen(word)),
                    how(word));
        }
        addLeftOut(taken, alignment.source().words().size());
        return table.toString();
    }

    private void addLeftOut(Set<Integer> taken, int before) {
        for (; shown < before; shown++) {
            Word word = alignment.source().words().get(shown);
            if (word.tokens().stream().noneMatch(taken::contains)) {
                table.add(word.text(), numbers(alignment.source().seen(word)), "", "", "left out");
            }
        }
    }

    private Set<Integer> sources(Word targetWord) {
        return alignment.target().seen(targetWord).stream()
                .flatMap(token -> alignment.sources(token).stream())
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private List<Word> sourceWords(Set<Integer> tokens) {
        return alignment.source().words().stream()
                .filter(word -> word.tokens().stream().anyMatch(tokens::contains))
                .toList();
    }

    private String how(Word targetWord) {
        List<Integer> tokens = alignment.target().seen(targetWord);
        if (tokens.isEmpty()) {
            return "cut off";
        }
        long added = tokens.stream().filter(alignment.added()::contains).count();
        if (added > 0) {
            return added == tokens.size() ? "new" : "partly new";
        }
        return tokens.stream().allMatch(this::isCopy) ? "copied" : "replaced";
    }

    private boolean isCopy(int targetToken) {
        List<Share> from = alignment.shares().stream()
                .filter(share -> share.target() == targetToken)
                .toList();
        return from.size() == 1
                && from.get(0).weight() == 1
                && id(alignment.source(), from.get(0).source()) == id(alignment.target(), targetToken);
    }

    private static int id(PromptWords prompt, int position) {
        return prompt.ids().get(prompt.positions().indexOf(position));
    }

    private static String numbers(Collection<Integer> tokens) {
        return tokens.stream().map(String::valueOf).collect(Collectors.joining(","));
    }
}
