package org.sd15.benchmark;

/** What an edit asks for. */
public enum EditKind {
    /** Another colour for an object. */
    COLOR,
    /** Another shape for an object. */
    SHAPE,
    /** Another background. */
    BACKGROUND,
    /** A second object. */
    ADD,
    /** One object less. */
    REMOVE
}
