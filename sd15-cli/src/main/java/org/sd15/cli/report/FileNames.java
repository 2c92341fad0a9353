package org.sd15.cli.report;

import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Names of files from words: different words have different names, also where upper and lower case are the
 * same, and the same list of words always has the same names. Every file system takes them.
 */
public final class FileNames {

    /** Bytes in UTF-8: there is room for a prefix, a suffix and a temporary name. */
    private static final int LONGEST = 80;

    /** Names of devices to Windows, whatever their ending. */
    private static final Pattern RESERVED = Pattern.compile("con|prn|aux|nul|com\\p{Nd}|lpt\\p{Nd}");

    private final Map<String, String> names;

    private FileNames(Map<String, String> names) {
        this.names = names;
    }

    /** Names for words. Of words that look alike in a name, the first has it and the others have it with a number. */
    public static FileNames of(Collection<String> words) {
        Map<String, String> names = new LinkedHashMap<>();
        Set<String> taken = new HashSet<>();
        for (String word : words) {
            names.computeIfAbsent(word, one -> free(plain(one), taken));
        }
        return new FileNames(names);
    }

    /** The name of one of the words, without an ending: letters and digits as they are, dashes for anything else. */
    public String name(String word) {
        return Objects.requireNonNull(names.get(word), word);
    }

    private static String free(String name, Set<String> taken) {
        String free = name;
        for (int number = 2; RESERVED.matcher(folded(free)).matches() || !taken.add(folded(free)); number++) {
            free = name + "-" + number;
        }
        return free;
    }

    private static String folded(String name) {
        return name.toUpperCase(Locale.ROOT).toLowerCase(Locale.ROOT);
    }

    private static String plain(String word) {
        String composed = Normalizer.normalize(word, Normalizer.Form.NFC);
        String name = cut(composed.replaceAll("[^\\p{L}\\p{M}\\p{N}]+", "-")).replaceAll("^-|-$", "");
        return name.isEmpty() ? cut(codes(composed)) : name;
    }

    /** What has neither letters nor digits, by the numbers of its characters. */
    private static String codes(String word) {
        return word.isEmpty()
                ? "empty"
                : word.codePoints().mapToObj(Integer::toHexString).collect(Collectors.joining("-", "u", ""));
    }

    private static String cut(String name) {
        int bytes = 0;
        for (int i = 0; i < name.length(); i = name.offsetByCodePoints(i, 1)) {
            bytes += Character.toString(name.codePointAt(i)).getBytes(StandardCharsets.UTF_8).length;
            if (bytes > LONGEST) {
                return name.substring(0, i);
            }
        }
        return name;
    }
}
