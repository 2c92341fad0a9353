package org.sd15.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Memory of this process, as Linux accounts for it. */
public final class Resident {

    private static final Path STATUS = Path.of("/proc/self/status");

    private Resident() {}

    /** The most memory that was ever resident, in bytes. */
    public static long peakBytes() {
        return bytes("VmHWM:");
    }

    /** The memory that is resident now, in bytes. */
    public static long bytes() {
        return bytes("VmRSS:");
    }

    private static long bytes(String key) {
        try (var lines = Files.lines(STATUS)) {
            return lines.filter(line -> line.startsWith(key))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
                    .findFirst()
                    .orElseThrow();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
