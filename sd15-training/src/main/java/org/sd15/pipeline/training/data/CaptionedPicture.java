package org.sd15.pipeline.training.data;

import java.nio.file.Path;
import java.util.List;

/**
 * A picture and what it shows.
 *
 * @param file the picture's file
 * @param captions what it shows; of several, one is drawn each time
 */
public record CaptionedPicture(Path file, List<String> captions) {

    /** Copies the captions. */
    public CaptionedPicture {
        captions = List.copyOf(captions);
        if (captions.isEmpty()) {
            throw new IllegalArgumentException(file + ": has no caption");
        }
    }

    /** A picture with one caption. */
    public CaptionedPicture(Path file, String caption) {
        this(file, List.of(caption));
    }
}
