package org.sd15.cli.report;

import org.sd15.importer.io.VisibleText;

/** Text in HTML. */
final class Html {

    private Html() {}

    /** Text that can't be taken for markup, nor change how its surroundings are read. */
    static String escape(String text) {
        return VisibleText.lines(text)
                .replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;")
                .replace("'", "&#39;");
    }
}
