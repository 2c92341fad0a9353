package org.sd15.importer.safetensors;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * A file in memory by mapping. A buffer ends at 2 GB, so a large file is cut into several; the cuts are between tensors,
 * except within one that is larger itself.
 *
 * <p>There is no unmapping: Java does it when no buffer, and no array over one, is reachable any more. A file that is
 * replaced by a move stays readable as it was; one that is cut short in place while it is mapped crashes the process, as
 * it would any program.
 */
final class MappedFile {

    static final int LARGEST_WINDOW = Integer.MAX_VALUE;

    private final NavigableMap<Long, ByteBuffer> windows;

    private MappedFile(NavigableMap<Long, ByteBuffer> windows) {
        this.windows = windows;
    }

    /**
     * @param channel open for reading, and for writing if the mode is private
     * @param cuts the ends of the windows in ascending order, from the file's begin to its end
     */
    static MappedFile map(FileChannel channel, MapMode mode, List<Long> cuts) throws IOException {
        NavigableMap<Long, ByteBuffer> windows = new TreeMap<>();
        for (int i = 0; i + 1 < cuts.size(); i++) {
            long begin = cuts.get(i);
            windows.put(begin, channel.map(mode, begin, cuts.get(i + 1) - begin));
        }
        return new MappedFile(windows);
    }

    /**
     * Where to cut a file.
     *
     * @param borders where tensors meet, ascending, with the file's begin and end
     * @param largest how long a window may be
     * @return begin, cuts and end: as few as can be, at borders unless two of them are further apart than a window
     */
    static List<Long> cuts(List<Long> borders, long largest) {
        List<Long> cuts = new ArrayList<>(List.of(borders.get(0)));
        long begin = borders.get(0);
        long last = begin;
        for (long border : borders) {
            if (border - begin > largest && last > begin) {
                cuts.add(last);
                begin = last;
            }
            while (border - begin > largest) {
                begin += largest;
                cuts.add(begin);
            }
            last = border;
        }
        if (last > begin) {
            cuts.add(last);
        }
        return cuts;
    }

    /** The bytes from an offset on, as far as the window reaches but no further than wanted. */
    ByteBuffer from(long offset, long wanted) {
        Map.Entry<Long, ByteBuffer> window = windows.floorEntry(offset);
        if (window == null) {
            throw new IndexOutOfBoundsException("offset " + offset);
        }
        int begin = Math.toIntExact(offset - window.getKey());
        int length = (int) Math.min(wanted, window.getValue().limit() - begin);
        return window.getValue().slice(begin, length).order(ByteOrder.LITTLE_ENDIAN);
    }
}
