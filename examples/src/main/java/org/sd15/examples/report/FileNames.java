package org.sd15.examples.report;

/** Names of files that are made of words. */
public final class FileNames {

    private FileNames() {}

    /** A word as a part of a file's name: letters and digits stay, anything else becomes a dash. */
    public static String of(String word) {
        String name = word.replaceAll("[^\\p{L}\\p{N}]+", "-").replaceAll("^-|-$", "");
        return name.isEmpty() ? "x" + Integer.toHexString(word.hashCode()) : name;
    }
}
