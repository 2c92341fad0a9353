package org.sd15.pipeline.image;

import java.io.IOException;

/** What is wrong with a picture, without the name of its file. */
final class BadPicture extends IOException {

    private static final long serialVersionUID = 1;

    BadPicture(String problem) {
        super(problem);
    }

    BadPicture(String problem, Throwable cause) {
        super(problem, cause);
    }
}
