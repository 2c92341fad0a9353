package org.sd15.testing.fused;

import org.sd15.attention.fused.FusedExecution;
import org.sd15.attention.graph.Execution;

/** Both formulations, for tests that hold for each of them. */
public enum Formulations {
    NATIVE,
    FUSED;

    /** A new execution. Fails where fused does not run: nothing falls back silently. */
    public Execution execution() {
        return this == NATIVE ? Execution.NATIVE : FusedExecution.create();
    }
}
