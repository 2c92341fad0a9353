package org.sd15.importer.torch;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import org.sd15.importer.io.FileBytes;

/**
 * Where an archive has the bytes of its members, which the JDK keeps to itself. Only plain archives are understood, as
 * torch writes them: their directory ends where the file does. Of others, and of damaged ones, nothing is known here. What
 * is known need not be true either: hold the bytes against the member's checksum.
 *
 * @see <a href="https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT">PKWARE's specification</a>, 4.3.7, 4.3.12,
 *     4.5.3
 */
final class ZipMembers {

    private static final int MEMBER = 0x02014b50;
    private static final int MEMBER_BYTES = 46;
    private static final int NAME_LENGTH = 28;
    private static final int EXTRA_LENGTH = 30;
    private static final int COMMENT_LENGTH = 32;
    private static final int HEADER_AT = 42;

    private static final int HEADER = 0x04034b50;
    private static final int HEADER_BYTES = 30;
    private static final int HEADER_NAME_LENGTH = 26;
    private static final int HEADER_EXTRA_LENGTH = 28;

    /** The fields of an extra in which numbers of 64 bits are, where 32 do not hold them. */
    private static final int LARGE = 1;

    private static final int EXTRA_HEAD = 4;
    private static final int[] BEFORE_HEADER_AT = {24, 20}; // both sizes come first, if they are large

    private final FileChannel file;

    /** The position of the header that is before each member's bytes. */
    private final Map<String, Long> headers = new HashMap<>();

    /** Reads the directory of an archive; the file is not closed with this. */
    ZipMembers(Path path, FileChannel file) throws IOException {
        this.file = file;
        ByteBuffer directory = ZipDirectory.read(path, file);
        for (int at = 0; at <= directory.limit() - MEMBER_BYTES && directory.getInt(at) == MEMBER; ) {
            int name = Short.toUnsignedInt(directory.getShort(at + NAME_LENGTH));
            int extra = Short.toUnsignedInt(directory.getShort(at + EXTRA_LENGTH));
            int end = at + MEMBER_BYTES + name + extra;
            if (end > directory.limit()) {
                return;
            }
            byte[] text = new byte[name];
            directory.get(at + MEMBER_BYTES, text);
            headers.put(new String(text, StandardCharsets.UTF_8), headerAt(directory, at, end - extra, end));
            at = end + Short.toUnsignedInt(directory.getShort(at + COMMENT_LENGTH));
        }
    }

    private static long headerAt(ByteBuffer directory, int member, int extras, int end) {
        int small = directory.getInt(member + HEADER_AT);
        if (small != -1) {
            return Integer.toUnsignedLong(small);
        }
        for (int at = extras; at <= end - EXTRA_HEAD; ) {
            int size = Short.toUnsignedInt(directory.getShort(at + 2));
            if (directory.getShort(at) == LARGE) {
                int field = at + EXTRA_HEAD;
                for (int before : BEFORE_HEADER_AT) {
                    field += directory.getInt(member + before) == -1 ? Long.BYTES : 0;
                }
                return field <= end - Long.BYTES ? directory.getLong(field) : -1;
            }
            at += EXTRA_HEAD + size;
        }
        return -1;
    }

    /** The position of a member's first byte; empty if that is not known. */
    OptionalLong position(String name) throws IOException {
        long at = headers.getOrDefault(name, -1L);
        if (at < 0 || at > file.size() - HEADER_BYTES) {
            return OptionalLong.empty();
        }
        ByteBuffer header = FileBytes.read(file, at, HEADER_BYTES);
        int before = Short.toUnsignedInt(header.getShort(HEADER_NAME_LENGTH))
                + Short.toUnsignedInt(header.getShort(HEADER_EXTRA_LENGTH));
        return header.getInt(0) == HEADER ? OptionalLong.of(at + HEADER_BYTES + before) : OptionalLong.empty();
    }
}
