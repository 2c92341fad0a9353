package org.sd15.cli;

import java.util.Optional;

/** Arguments whose letters got lost before this program saw them. */
final class GarbledArguments {

    /** What Java puts in the place of bytes that it can't decode. */
    private static final int REPLACEMENT = 0xFFFD;

    private GarbledArguments() {}

    /** What is wrong with the first argument of that kind, and what to do; empty if there is none. */
    static Optional<String> problem(String... arguments) {
        for (int i = 0; i < arguments.length; i++) {
            if (arguments[i].codePoints().anyMatch(GarbledArguments::isLost)) {
                return Optional.of(
                        ("argument %d, \"%s\", has letters that got lost: its bytes are none of %s, the encoding that"
                                        + " Java took from the locale. Set a locale of UTF-8, such as LC_ALL=C.UTF-8, and give the"
                                        + " argument in UTF-8")
                                .formatted(i + 1, arguments[i], System.getProperty("sun.jnu.encoding")));
            }
        }
        return Optional.empty();
    }

    private static boolean isLost(int character) {
        return character == REPLACEMENT || Character.getType(character) == Character.SURROGATE;
    }
}
