package org.sd15.pipeline.words;

import java.util.List;
import org.sd15.pipeline.text.ClipTokenizer;
import org.sd15.pipeline.words.PromptWords.Word;

/**
 * The tokens of a prompt for people.
 *
 * @param ids the numbers of the prompt's own tokens, those that are cut off too
 * @param pieces their texts
 */
record TokenTable(TokenLayout layout, List<Integer> ids, List<String> pieces, List<Word> words) {

    @Override
    public String toString() {
        TextTable table = new TextTable("token", "id", "piece", "word", "text");
        int chunk = 0;
        int number = 0;
        addStart(table, chunk);
        for (Word word : words) {
            for (int token : word.tokens()) {
                while (chunk < token / layout.length() && layout.isSeen(token)) {
                    addEnd(table, chunk++);
                    addStart(table, chunk);
                }
                Object position = layout.isSeen(token) ? token : "cut off";
                table.add(position, ids.get(number), pieces.get(number), word.number(), word.text());
                number++;
            }
        }
        addEnd(table, chunk);
        return table.toString();
    }

    private void addStart(TextTable table, int chunk) {
        table.add(chunk * layout.length(), layout.start(), ClipTokenizer.START, "", "");
    }

    private void addEnd(TextTable table, int chunk) {
        table.add(layout.endToken(chunk), layout.end(), ClipTokenizer.END, "", "");
    }
}
