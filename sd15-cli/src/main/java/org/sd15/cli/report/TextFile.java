package org.sd15.cli.report;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.sd15.importer.io.AtomicFile;

/** Files of text that are written aside and moved into place. */
public final class TextFile {

    private TextFile() {}

    /** Writes a text in UTF-8; the file appears when it is complete. */
    public static void write(Path path, String text) throws IOException {
        AtomicFile.write(path, text.getBytes(StandardCharsets.UTF_8));
    }
}
