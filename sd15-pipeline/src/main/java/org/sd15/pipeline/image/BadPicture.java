package org.sd15.pipeline.image;

import java.io.IOException;
import org.sd15.importer.io.VisibleText;

/** What is wrong with a picture, without the name of its file, on one line; what it took from the file is escaped. */
final class BadPicture extends IOException {

    private static final long serialVersionUID = 1;

    BadPicture(String problem) {
        super(VisibleText.of(problem));
    }

    BadPicture(String problem, Throwable cause) {
        super(VisibleText.of(problem), cause);
    }
}
