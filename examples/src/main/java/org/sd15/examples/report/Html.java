package org.sd15.examples.report;

/** Text in HTML. */
final class Html {

    private Html() {}

    /** Text that can't be taken for markup. */
    static String escape(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }
}
