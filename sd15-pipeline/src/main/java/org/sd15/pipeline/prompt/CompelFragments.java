package org.sd15.pipeline.prompt;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Collects the fragments of a prompt of compel; weights multiply from the outermost brackets inwards. In brackets and quotes
 * a comma or a full stop is a word of its own.
 */
final class CompelFragments {

    private static final Pattern WEIGHT = Pattern.compile("\\++|-+|\\d+(?:\\.\\d*)?|\\.\\d+");
    private static final Pattern SIGNS = Pattern.compile("\\++|-+");
    private static final Pattern ESCAPED = Pattern.compile("\\\\([()\".,+=-])");

    /** A sign within a word, or alone, is text; one at the end of a word is none of it. */
    private static final Pattern WORD =
            Pattern.compile("(?:\\\\[()\".,+=-]|[+-](?![\\s()\".,+=-]|$)|(?<!\\S)[+-]+|[^\\s()\"+\\\\-]+|\\\\)++");

    private static final Pattern INNER_WORD =
            Pattern.compile("(?:\\\\[()\".,+=-]|[+-](?![\\s()\".,+=-]|$)|(?<!\\S)[+-]+|[^\\s()\".,+\\\\-]+|\\\\)++");

    private final List<Fragment> fragments = new ArrayList<>();

    private CompelFragments() {}

    /** The fragments of a whole prompt. */
    static List<Fragment> of(String prompt) {
        return of(prompt, 0);
    }

    /** The fragments of what is in the quotes or brackets of a function. */
    static List<Fragment> inner(String text) {
        return of(text, 1);
    }

    private static List<Fragment> of(String text, int depth) {
        CompelFragments reader = new CompelFragments();
        reader.read(text, 1, depth);
        return reader.fragments;
    }

    private void read(String text, double weight, int depth) {
        int at = 0;
        while (at < text.length()) {
            char symbol = text.charAt(at);
            at = symbol == '(' || symbol == '"' ? group(text, at, weight, depth) : word(text, at, weight, depth);
        }
    }

    private int group(String text, int open, double weight, int depth) {
        int close = text.charAt(open) == '(' ? closing(text, open) : text.indexOf('"', open + 1);
        if (close < 0) {
            throw new IllegalArgumentException("the prompt never closes a %s: close it, or write \\%s where it is text"
                    .formatted(text.charAt(open), text.charAt(open)));
        }
        Matcher factor = WEIGHT.matcher(text).region(close + 1, text.length());
        boolean weighted = factor.lookingAt();
        double inner = weighted ? weight * factor(factor.group()) : weight;
        read(text.substring(open + 1, close), inner, Nesting.within(depth));
        return weighted ? factor.end() : close + 1;
    }

    private static int closing(String text, int open) {
        int depth = 0;
        for (int at = open; at < text.length(); at += text.charAt(at) == '\\' ? 2 : 1) {
            depth += text.charAt(at) == '(' ? 1 : text.charAt(at) == ')' ? -1 : 0;
            if (depth == 0) {
                return at;
            }
        }
        return -1;
    }

    private int word(String text, int from, double weight, int depth) {
        Matcher word = (depth == 0 ? WORD : INNER_WORD)
                .matcher(text)
                .region(from, text.length())
                .useTransparentBounds(true);
        if (!word.lookingAt()) {
            String symbol = text.substring(from, from + 1);
            if (!symbol.isBlank()) {
                add(new Fragment(symbol, weight));
            }
            return from + 1;
        }
        String written = ESCAPED.matcher(word.group()).replaceAll("$1");
        Matcher signs = SIGNS.matcher(text).region(word.end(), text.length());
        boolean weighted = signs.lookingAt();
        add(new Fragment(written, weighted ? weight * factor(signs.group()) : weight));
        return weighted ? signs.end() : word.end();
    }

    private static double factor(String sign) {
        return switch (sign.charAt(0)) {
            case '+' -> Math.pow(1.1, sign.length());
            case '-' -> Math.pow(0.9, sign.length());
            default -> Double.parseDouble(sign);
        };
    }

    private void add(Fragment more) {
        int last = fragments.size() - 1;
        if (last >= 0 && fragments.get(last).weight() == more.weight()) {
            fragments.set(last, new Fragment(fragments.get(last).text() + " " + more.text(), more.weight()));
        } else {
            fragments.add(more);
        }
    }
}
