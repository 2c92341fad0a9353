package org.sd15.pipeline.image;

import java.io.ByteArrayOutputStream;
import java.io.IOException;

/**
 * The blocks of a GIF file.
 *
 * @see <a href="https://www.w3.org/Graphics/GIF/spec-gif89a.txt">GIF89a specification</a>
 */
final class GifBlocks {

    private static final int HEADER = 13;
    private static final int DESCRIPTOR = 10;
    private static final int EXTENSION = 0x21;
    private static final int GRAPHIC_CONTROL = 0xF9;
    private static final int PICTURE = 0x2C;
    private static final int END = 0x3B;

    private final byte[] file;
    private final ByteArrayOutputStream kept = new ByteArrayOutputStream();
    private int at;

    private GifBlocks(byte[] file) {
        this.file = file;
    }

    /** The file with its first picture alone, without remarks. */
    static byte[] firstPictureOf(byte[] file) throws IOException {
        return new GifBlocks(file).firstPicture();
    }

    /** How many pictures there are, as far as the file is whole. */
    static int pictures(byte[] file) {
        GifBlocks blocks = new GifBlocks(file);
        blocks.at = HEADER + blocks.coloursAt(10);
        int pictures = 0;
        while (blocks.at + DESCRIPTOR < file.length) {
            int kind = file[blocks.at] & 0xFF;
            if (kind == PICTURE) {
                pictures++;
                blocks.at += DESCRIPTOR + blocks.coloursAt(blocks.at + 9) + 1;
                blocks.at += blocks.blocks();
            } else if (kind == EXTENSION) {
                blocks.extension();
            } else {
                break;
            }
        }
        return pictures;
    }

    private byte[] firstPicture() throws IOException {
        keep(HEADER);
        keep(coloursAt(10));
        while (at < file.length) {
            int kind = file[at] & 0xFF;
            if (kind == PICTURE) {
                int colours = coloursAt(at + 9);
                keep(DESCRIPTOR + colours + 1);
                keep(blocks());
                kept.write(END);
                return kept.toByteArray();
            }
            if (kind != EXTENSION) {
                break;
            }
            extension();
        }
        throw new BadPicture("a damaged GIF picture: there is no picture in it");
    }

    private void extension() {
        int begin = at;
        boolean needed = (file[at + 1] & 0xFF) == GRAPHIC_CONTROL; // has the transparent colour
        at += 2;
        int length = 2 + blocks();
        at = begin;
        if (needed) {
            keep(length);
        } else {
            at += length;
        }
    }

    /** Bytes of a table of colours, by the flags that announce it. */
    private int coloursAt(int flags) {
        boolean there = (file[flags] & 0x80) != 0;
        return there ? 3 << (1 + (file[flags] & 7)) : 0;
    }

    /** Bytes of the blocks from here to the empty one that ends them, or to the end of the file. */
    private int blocks() {
        int end = at;
        while (end < file.length && file[end] != 0) {
            end += 1 + (file[end] & 0xFF);
        }
        return Math.min(end + 1, file.length) - at;
    }

    private void keep(int bytes) {
        kept.write(file, at, bytes);
        at += bytes;
    }
}
