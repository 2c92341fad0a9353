package org.sd15.pipeline.prompt;

/** How deep brackets are within brackets: each of them is a call within a call, and the stack of a thread is not endless. */
final class Nesting {

    /** Far more than in any real prompt. */
    static final int DEEPEST = 100;

    private Nesting() {}

    /**
     * One level deeper.
     *
     * @throws IllegalArgumentException if that is deeper than {@value #DEEPEST}
     */
    static int within(int depth) {
        if (depth == DEEPEST) {
            throw new IllegalArgumentException(
                    "the prompt has brackets within brackets more than %d deep: take some out".formatted(DEEPEST));
        }
        return depth + 1;
    }
}
