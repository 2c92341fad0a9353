package org.sd15.importer.io;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Names of what is made aside: {@code .<name>.<process><number>.tmp}, both in eight hexadecimal digits. The process is not
 * its id, which is another in every container.
 */
final class AsideName {

    /** A longer name is cut, so that the whole stays well below the 255 bytes that a name may have. */
    private static final int MOST_BYTES = 100;

    private static final SecureRandom RANDOM = new SecureRandom();
    private static final String PROCESS = digits();
    private static final String END = "([0-9a-f]{8})[0-9a-f]{8}\\.tmp";

    /** What earlier versions appended. They held no lock. */
    private static final String OLD_END = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\\.tmp";

    private final String beginning;
    private final Pattern pattern;

    private AsideName(String beginning, String expression) {
        this.beginning = beginning;
        this.pattern = Pattern.compile(expression + "(?:" + END + "|" + OLD_END + ")", Pattern.DOTALL);
    }

    static AsideName of(Path target) {
        String beginning = "." + cut(String.valueOf(target.getFileName())) + ".";
        return new AsideName(beginning, Pattern.quote(beginning));
    }

    /** Those of all targets. */
    static AsideName ofAny() {
        return new AsideName("", "\\..+\\.");
    }

    /** A new one. */
    String next() {
        return beginning + PROCESS + digits() + ".tmp";
    }

    /** Whether another process gave something aside this name. */
    boolean isOfAnother(String name) {
        Matcher matcher = pattern.matcher(name);
        return matcher.matches() && !PROCESS.equals(matcher.group(1));
    }

    /** Whether a name was given by a version whose processes hold no lock. */
    boolean isWithoutLock(String name) {
        Matcher matcher = pattern.matcher(name);
        return matcher.matches() && matcher.group(1) == null;
    }

    private static String cut(String name) {
        int end = name.length();
        while (name.substring(0, end).getBytes(StandardCharsets.UTF_8).length > MOST_BYTES) {
            end = name.offsetByCodePoints(end, -1);
        }
        return name.substring(0, end);
    }

    private static String digits() {
        return "%08x".formatted(RANDOM.nextInt());
    }
}
