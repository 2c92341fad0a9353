package org.sd15.server.job;

/** A field of a request has a value that can't be done. */
public final class FieldProblem extends IllegalArgumentException {

    private static final long serialVersionUID = 1;

    /** Its name. */
    private final String field;

    /** A problem: the message says what is wrong and what would be right. */
    public FieldProblem(String field, String message) {
        super(message);
        this.field = field;
    }

    /** The name of the field. */
    public String field() {
        return field;
    }
}
