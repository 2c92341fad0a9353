package org.sd15.attention.machine;

import com.sun.jna.Function;
import com.sun.jna.Pointer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.LongBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Memory that is a mapping of a file. As long as nothing has been written to them, its pages can be let go: whoever reads
 * them again gets them from the file. Linux only; elsewhere nothing is known to be a mapping.
 */
public final class MappedPages {

    private static final Path MAPS = Path.of("/proc/self/maps");
    private static final Path PAGEMAP = Path.of("/proc/self/pagemap");
    private static final long PAGE = 4096;
    private static final long PRESENT = 1L << 63;
    private static final long SWAPPED = 1L << 62;
    private static final long OF_FILE = 1L << 61;
    private static final int DONT_NEED = 4;

    private MappedPages() {}

    /** What a range of memory is. */
    public enum RangeKind {
        /** A mapping of a file that can't be written to: it never changes. */
        READ_ONLY,
        /** A mapping of a file; pages that are written to become the process's own. */
        PRIVATE,
        /** Anything else, or not known. */
        OTHER
    }

    /** What memory a range is. */
    public static RangeKind kind(long address, long bytes) {
        String permissions = permissions(address, bytes);
        if (permissions.startsWith("r-")) {
            return RangeKind.READ_ONLY;
        }
        return permissions.equals("rw-p") ? RangeKind.PRIVATE : RangeKind.OTHER;
    }

    /** Lets go of the whole pages in a range, if they are those of a file and nothing has been written to them. */
    public static void release(RangeKind kind, long address, long bytes) {
        long begin = (address + PAGE - 1) / PAGE * PAGE;
        long end = (address + bytes) / PAGE * PAGE;
        if (end <= begin
                || kind == RangeKind.OTHER
                || (kind == RangeKind.PRIVATE && !areUnwritten(begin, end - begin))) {
            return;
        }
        try {
            Function.getFunction("c", "madvise").invokeInt(new Object[] {new Pointer(begin), end - begin, DONT_NEED});
        } catch (LinkageError withoutJna) {
            return; // the pages stay until the system wants them
        }
    }

    /** Lets go of the pages of an array that won't be read again soon, if they are those of a file; else does nothing. */
    public static void release(INDArray array) {
        long address = array.data().pointer().address();
        long bytes = array.data().length() * array.data().getElementSize();
        if (bytes >= PAGE && HostMemory.serves()) {
            release(kind(address, bytes), address, bytes);
        }
    }

    /** The permissions of the mapping of a file that a range lies in, as {@code /proc} writes them; else nothing. */
    private static String permissions(long address, long bytes) {
        if (!Files.isReadable(MAPS)) {
            return "";
        }
        try (var lines = Files.lines(MAPS)) {
            return lines.map(line -> permissions(line, address, address + bytes))
                    .filter(found -> !found.isEmpty())
                    .findFirst()
                    .orElse("");
        } catch (IOException unknown) {
            return "";
        }
    }

    /** A line is {@code from-to permissions offset device inode path}. */
    private static String permissions(String line, long from, long to) {
        String[] fields = line.split("\\s+", 6);
        int dash = fields[0].indexOf('-');
        long begin = Long.parseUnsignedLong(fields[0].substring(0, dash), 16);
        long end = Long.parseUnsignedLong(fields[0].substring(dash + 1), 16);
        boolean inside = Long.compareUnsigned(begin, from) <= 0 && Long.compareUnsigned(to, end) <= 0;
        return inside && !fields[4].equals("0") ? fields[1] : "";
    }

    /** Whether all pages of a private mapping are still the file's; a page that was written to is the process's own. */
    public static boolean areUnwritten(long address, long bytes) {
        long first = address / PAGE;
        long count = (address + bytes + PAGE - 1) / PAGE - first;
        try (FileChannel channel = FileChannel.open(PAGEMAP)) {
            var entries = ByteBuffer.allocate(Math.toIntExact(count * Long.BYTES));
            while (entries.hasRemaining()) {
                if (channel.read(entries, first * Long.BYTES + entries.position()) < 0) {
                    return false;
                }
            }
            LongBuffer pages = entries.flip().order(ByteOrder.nativeOrder()).asLongBuffer();
            while (pages.hasRemaining()) {
                long page = pages.get();
                if ((page & SWAPPED) != 0 || ((page & PRESENT) != 0 && (page & OF_FILE) == 0)) {
                    return false;
                }
            }
            return true;
        } catch (IOException unknown) {
            return false;
        }
    }
}
