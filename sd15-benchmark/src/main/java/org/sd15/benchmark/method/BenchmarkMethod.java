package org.sd15.benchmark.method;

import java.util.List;

/** A way to edit a given picture. */
public interface BenchmarkMethod {

    /** Its name on the command line and in tables. */
    String name();

    /** Whether it puts published methods together in a way that none of them does. */
    default boolean isCombination() {
        return false;
    }

    /** The settings that are tried to choose from; at least one. */
    List<Settings> grid();

    /** Edits the picture on the bench. */
    Edited edit(Workbench bench, Settings settings);
}
