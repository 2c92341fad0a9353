package org.sd15.server.job;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Locale;
import java.util.Set;
import org.sd15.pipeline.edit.prompt.PromptAlignment;
import org.sd15.pipeline.prompt.PromptStyle;
import org.sd15.pipeline.text.ClipTokenizer;
import org.sd15.pipeline.words.PromptWords;
import org.sd15.pipeline.words.PromptWords.Word;

/** How prompts are cut into words, and how the words of two go together, for clients. */
public final class WordsView {

    private WordsView() {}

    /** The words of a prompt. */
    public static PromptWords of(String prompt, PromptStyle style, ClipTokenizer tokenizer) {
        return PromptWords.of(prompt, style, tokenizer);
    }

    /** Writes the words of a prompt. */
    public static void write(ObjectNode out, PromptWords prompt) {
        ArrayNode words = out.putArray("words");
        boolean cut = false;
        int tokens = 0;
        for (Word word : prompt.words()) {
            boolean seen = prompt.seen(word).size() == word.tokens().size();
            cut |= !seen;
            tokens += word.tokens().size();
            ObjectNode one = words.addObject().put("number", word.number()).put("text", word.text());
            one.put("bare", word.bare());
            ArrayNode numbers = one.putArray("tokens");
            word.tokens().forEach(numbers::add);
            one.put("seen", seen);
        }
        out.put("tokens", tokens).put("room", prompt.chunkLength() - 2).put("cut", cut);
    }

    /** Writes how words go together, by their numbers. */
    public static void alignment(ObjectNode result, PromptAlignment alignment) {
        ObjectNode out = result.putObject("alignment");
        out.put("mode", alignment.mode().toString().toLowerCase(Locale.ROOT));
        ArrayNode pairs = out.putArray("pairs");
        ArrayNode added = out.putArray("added");
        for (Word target : alignment.target().words()) {
            for (Word source : alignment.source().words()) {
                double weight = weight(alignment, source, target);
                if (weight > 0) {
                    pairs.addObject()
                            .put("source", source.number())
                            .put("target", target.number())
                            .put("weight", weight);
                }
            }
            if (target.tokens().stream().anyMatch(alignment.added()::contains)) {
                added.add(target.number());
            }
        }
    }

    /** The mean share that the tokens of a word take from those of another. */
    private static double weight(PromptAlignment alignment, Word source, Word target) {
        Set<Integer> from = Set.copyOf(source.tokens());
        Set<Integer> to = Set.copyOf(target.tokens());
        double sum = alignment.shares().stream()
                .filter(share -> from.contains(share.source()) && to.contains(share.target()))
                .mapToDouble(PromptAlignment.Share::weight)
                .sum();
        return to.isEmpty() ? 0 : sum / to.size();
    }
}
