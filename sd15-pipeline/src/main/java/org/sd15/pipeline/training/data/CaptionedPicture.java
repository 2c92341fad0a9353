package org.sd15.pipeline.training.data;

import java.nio.file.Path;

/**
 * A picture and what it shows.
 *
 * @param file the picture's file
 * @param caption what it shows
 */
public record CaptionedPicture(Path file, String caption) {

    /** The same picture with another caption. */
    public CaptionedPicture captioned(String other) {
        return new CaptionedPicture(file, other);
    }
}
