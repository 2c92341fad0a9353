package org.sd15.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** The program that shows pages on this machine. */
final class Browser {

    private Browser() {}

    /** Shows a page; says so if that can't be done. */
    static void open(Path page) {
        try {
            new ProcessBuilder(command(
                            System.getProperty("os.name", ""),
                            page.toAbsolutePath().toUri().toString()))
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
        } catch (IOException missing) {
            Console.note("--open: nothing here shows pages; open %s yourself", page);
        }
    }

    /** What opens an address on a system. */
    static List<String> command(String system, String address) {
        String name = system.toLowerCase(Locale.ROOT);
        if (name.startsWith("windows")) {
            return List.of("rundll32", "url.dll,FileProtocolHandler", address);
        }
        return List.of(name.startsWith("mac") ? "open" : "xdg-open", address);
    }
}
