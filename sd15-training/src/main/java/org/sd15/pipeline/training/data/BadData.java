package org.sd15.pipeline.training.data;

/** What to do with a picture that can't be read or has no caption. */
public enum BadData {
    /** End with an error that names the file. */
    FAIL,
    /** Leave it out and count it. */
    SKIP
}
