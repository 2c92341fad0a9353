package org.sd15.pipeline.training.job;

/** A training needs more memory than there is. */
public final class TooLittleMemoryException extends IllegalArgumentException {

    private static final long serialVersionUID = 1;

    private final transient Remedy remedy;
    private final String problem;

    TooLittleMemoryException(double needed, double available, Remedy remedy) {
        this(
                "this training needs about %.1f GB of memory, there are %.1f".formatted(needed / 1e9, available / 1e9),
                remedy);
    }

    private TooLittleMemoryException(String problem, Remedy remedy) {
        super(problem + ": " + remedy);
        this.problem = problem;
        this.remedy = remedy;
    }

    /** How much is needed and how much there is, without what to do about it. */
    public String problem() {
        return problem;
    }

    /** What would fit. */
    public Remedy remedy() {
        return remedy;
    }
}
