package org.sd15.importer.io;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** UTF-8, in which no byte may be wrong. */
public final class Utf8 {

    private static final int CHUNK = 1 << 13;

    private Utf8() {}

    /**
     * The text of some bytes of a file.
     *
     * @param what which they are, for errors, such as {@code the JSON text}
     * @throws ImportException if they are not UTF-8; the message says where
     */
    public static String decode(Path file, ByteBuffer bytes, String what) {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(bytes.duplicate()).toString();
        } catch (CharacterCodingException malformed) {
            throw new ImportException(
                    file, "%s is not UTF-8: see its byte %,d".formatted(what, firstMalformed(bytes)), malformed);
        }
    }

    private static int firstMalformed(ByteBuffer bytes) {
        ByteBuffer rest = bytes.slice();
        CharBuffer text = CharBuffer.allocate(CHUNK);
        CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
        CoderResult result;
        do {
            result = decoder.decode(rest, text.clear(), true);
        } while (result.isOverflow());
        return rest.position();
    }
}
