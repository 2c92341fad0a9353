package org.sd15.pipeline.schedule;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** A constant that diffusers' configuration files spell in their own way. */
interface Spelled {

    /** The name of the enum constant. */
    String name();

    /** The spelling in a configuration file. */
    default String spelling() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The constant of a spelling; an unknown one is an error that lists the known ones. */
    static <E extends Enum<E> & Spelled> E of(Class<E> type, String key, String spelling) {
        E[] known = type.getEnumConstants();
        return Arrays.stream(known)
                .filter(constant -> constant.spelling().equals(spelling))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("%s is \"%s\"; known are %s"
                        .formatted(
                                key,
                                spelling,
                                Arrays.stream(known).map(Spelled::spelling).collect(Collectors.joining(", ")))));
    }
}
