package org.sd15.pipeline.text;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The 256 printable symbols that stand for the 256 bytes in a byte-level vocabulary. Bytes that print in Latin-1 stand
 * for themselves; the others take the characters from U+0100 on, in order.
 *
 * @see <a href="https://github.com/openai/gpt-2/blob/master/src/encoder.py">GPT-2, {@code bytes_to_unicode}</a>
 */
final class ByteSymbols {

    private static final int BYTES = 256;
    private static final char[] SYMBOLS = symbols();
    private static final int[] VALUES = values();

    private ByteSymbols() {}

    /** The symbols of a text's UTF-8 bytes. */
    static String encode(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        char[] symbols = new char[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            symbols[i] = SYMBOLS[bytes[i] & 0xFF];
        }
        return new String(symbols);
    }

    /** The text of a row of symbols; U+FFFD where bytes of a character are missing. */
    static String decode(String symbols) {
        byte[] bytes = new byte[symbols.length()];
        for (int i = 0; i < bytes.length; i++) {
            char symbol = symbols.charAt(i);
            bytes[i] = (byte) (symbol < VALUES.length && VALUES[symbol] >= 0 ? VALUES[symbol] : '?');
        }
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static char[] symbols() {
        char[] symbols = new char[BYTES];
        char next = BYTES;
        for (char value = 0; value < BYTES; value++) {
            boolean printable = (value >= '!' && value <= '~') || (value >= '\u00A1' && value != '\u00AD');
            symbols[value] = printable ? value : next++;
        }
        return symbols;
    }

    private static int[] values() {
        int[] values = new int[2 * BYTES];
        Arrays.fill(values, -1);
        for (int value = 0; value < BYTES; value++) {
            values[SYMBOLS[value]] = value;
        }
        return values;
    }
}
