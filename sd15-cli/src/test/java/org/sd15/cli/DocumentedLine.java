package org.sd15.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A command as a page has it in a block of code.
 *
 * @param page the page, from the root of the project
 * @param line its line there, from 1
 * @param environment what is set before it, such as {@code SD15_MAIN=...}
 * @param words the command and its arguments, without quotes
 */
record DocumentedLine(String page, int line, List<String> environment, List<String> words) {

    private static final String BLOCK = "    ";
    private static final Pattern WORD = Pattern.compile("\"([^\"]*)\"|([^\\s\"]+)");
    private static final Pattern SETTING = Pattern.compile("[A-Z0-9_]+=.*");

    /** All commands of a page, in order: lines that are set off by four spaces and begin with {@code ./}. */
    static List<DocumentedLine> of(Path root, String page) throws IOException {
        List<String> lines = Files.readAllLines(root.resolve(page));
        List<DocumentedLine> found = new ArrayList<>();
        for (int line = 0; line < lines.size(); line++) {
            if (!lines.get(line).startsWith(BLOCK)) {
                continue;
            }
            int first = line;
            var typed = new StringBuilder(lines.get(line).strip());
            while (typed.toString().endsWith("\\")) {
                typed.setLength(typed.length() - 1);
                typed.append(lines.get(++line).strip());
            }
            DocumentedLine command = parse(page, first + 1, typed.toString());
            if (!command.words.isEmpty() && command.words.get(0).startsWith("./")) {
                found.add(command);
            }
        }
        return found;
    }

    private static DocumentedLine parse(String page, int line, String typed) {
        List<String> environment = new ArrayList<>();
        List<String> words = new ArrayList<>();
        Matcher word = WORD.matcher(typed);
        while (word.find()) {
            boolean quoted = word.group(1) != null;
            String text = quoted ? word.group(1) : word.group(2);
            if (!quoted && text.startsWith("#")) {
                break;
            }
            boolean setting = words.isEmpty() && SETTING.matcher(text).matches();
            (setting ? environment : words).add(text);
        }
        return new DocumentedLine(page, line, environment, words);
    }

    /** What comes after the program's name. */
    List<String> arguments() {
        return words.subList(1, words.size());
    }

    @Override
    public String toString() {
        return page + ":" + line + " " + String.join(" ", words);
    }
}
