package org.sd15.pipeline.training.data;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Text that people have written by hand: UTF-8, or UTF-16 where the byte order mark of Windows' editors says so. The mark
 * is no part of the text. Any other encoding is refused, as it can't be told which it is.
 */
final class CaptionText {

    /** Bytes of a file of captions at most: a thousand for each of a quarter of a million pictures. */
    static final long LARGEST_TEXT = 256 << 20;

    private static final char MARK = '\uFEFF';
    private static final int CHUNK = 1 << 13;

    private CaptionText() {}

    /**
     * The text of a file.
     *
     * @throws IOException if it can't be read or is in another encoding; the message has line and byte
     * @throws IllegalArgumentException if it is too large
     */
    static String read(Path file) throws IOException {
        if (Files.size(file) > LARGEST_TEXT) {
            throw new IllegalArgumentException(
                    "%s: has %,d bytes; captions may have up to %,d".formatted(file, Files.size(file), LARGEST_TEXT));
        }
        try {
            return decode(file, ByteBuffer.wrap(Files.readAllBytes(file)));
        } catch (AccessDeniedException problem) {
            throw new IOException(file + ": may not be read", problem);
        }
    }

    private static String decode(Path file, ByteBuffer bytes) throws IOException {
        Charset charset = charset(bytes);
        try {
            String text = charset.newDecoder().decode(bytes.duplicate()).toString();
            return !text.isEmpty() && text.charAt(0) == MARK ? text.substring(1) : text;
        } catch (CharacterCodingException problem) {
            throw new IOException(
                    "%s: is not %s, see %s; save it as UTF-8".formatted(file, charset, place(charset, bytes.slice())),
                    problem);
        }
    }

    private static Charset charset(ByteBuffer bytes) {
        int mark = bytes.remaining() < 2 ? 0 : bytes.getShort(0) & 0xFFFF;
        return switch (mark) {
            case 0xFEFF -> StandardCharsets.UTF_16BE;
            case 0xFFFE -> StandardCharsets.UTF_16LE;
            default -> StandardCharsets.UTF_8;
        };
    }

    /** Where the first byte lies that is none of the encoding's; both are counted from 1. */
    private static String place(Charset charset, ByteBuffer bytes) {
        CharsetDecoder decoder = charset.newDecoder();
        CharBuffer text = CharBuffer.allocate(CHUNK);
        long line = 1;
        CoderResult result;
        do {
            result = decoder.decode(bytes, text.clear(), true);
            line += text.flip().chars().filter(character -> character == '\n').count();
        } while (result.isOverflow());
        return "line %,d, byte %,d".formatted(line, bytes.position() + 1);
    }
}
