package org.sd15.attention.fused.onednn;

import com.sun.jna.Function;
import com.sun.jna.Pointer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Memory that is a read-only mapping of a file. Its contents never change, and its pages can be let go: whoever reads
 * them again gets them from the file. Linux only; elsewhere nothing is known to be a mapping.
 */
final class MappedPages {

    private static final Path MAPS = Path.of("/proc/self/maps");
    private static final long PAGE = 4096;
    private static final int DONT_NEED = 4;

    private MappedPages() {}

    /** Whether a range of memory lies in a read-only mapping of a file. */
    static boolean contain(long address, long bytes) {
        if (!Files.isReadable(MAPS)) {
            return false;
        }
        try (var lines = Files.lines(MAPS)) {
            return lines.anyMatch(line -> isFile(line, address, address + bytes));
        } catch (IOException unknown) {
            return false;
        }
    }

    /** A line is {@code from-to permissions offset device inode path}. */
    private static boolean isFile(String line, long from, long to) {
        String[] fields = line.split("\\s+", 6);
        int dash = fields[0].indexOf('-');
        long begin = Long.parseUnsignedLong(fields[0].substring(0, dash), 16);
        long end = Long.parseUnsignedLong(fields[0].substring(dash + 1), 16);
        boolean inside = Long.compareUnsigned(begin, from) <= 0 && Long.compareUnsigned(to, end) <= 0;
        return inside && fields[1].startsWith("r-") && !fields[4].equals("0");
    }

    /** Lets go of the whole pages in a range for which {@link #contain} holds. */
    static void release(long address, long bytes) {
        long begin = (address + PAGE - 1) / PAGE * PAGE;
        long end = (address + bytes) / PAGE * PAGE;
        if (end <= begin) {
            return;
        }
        try {
            Function.getFunction("c", "madvise").invokeInt(new Object[] {new Pointer(begin), end - begin, DONT_NEED});
        } catch (LinkageError withoutJna) {
            return; // the pages stay until the system wants them
        }
    }
}
