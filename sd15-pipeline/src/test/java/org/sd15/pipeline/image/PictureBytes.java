package org.sd15.pipeline.image;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;

/** Small picture files, honest ones and others. */
final class PictureBytes {

    private PictureBytes() {}

    /** A picture of which the left half is red and the right half green. */
    static BufferedImage image(int width, int height, int type) {
        var image = new BufferedImage(width, height, type);
        for (int i = 0; i < width * height; i++) {
            image.setRGB(i % width, i / width, (i % width < width / 2 ? Color.RED : Color.GREEN).getRGB());
        }
        return image;
    }

    static byte[] written(BufferedImage image, String format) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        ImageIO.write(image, format, bytes);
        return bytes.toByteArray();
    }

    static byte[] progressiveJpeg(int width, int height) throws IOException {
        ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
        ImageWriteParam param = writer.getDefaultWriteParam();
        param.setProgressiveMode(ImageWriteParam.MODE_DEFAULT);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ImageOutputStream stream = ImageIO.createImageOutputStream(bytes)) {
            writer.setOutput(stream);
            writer.write(null, new IIOImage(image(width, height, BufferedImage.TYPE_INT_RGB), null, null), param);
        } finally {
            writer.dispose();
        }
        return bytes.toByteArray();
    }

    /** A JPEG whose last scan is there so many times more. */
    static byte[] withScans(byte[] jpeg, int more) {
        int end = jpeg.length - 2;
        int scan = end;
        while ((jpeg[scan] & 0xFF) != 0xFF || (jpeg[scan + 1] & 0xFF) != 0xDA) {
            scan--;
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.write(jpeg, 0, end);
        for (int i = 0; i < more; i++) {
            bytes.write(jpeg, scan, end - scan);
        }
        bytes.write(jpeg, end, 2);
        return bytes.toByteArray();
    }

    /** A PNG file of chunks: each a type and its data. */
    static byte[] png(Object... typesAndData) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.writeLong(0x89504E470D0A1A0AL);
        for (int i = 0; i < typesAndData.length; i += 2) {
            byte[] type = ((String) typesAndData[i]).getBytes(StandardCharsets.US_ASCII);
            byte[] data = (byte[]) typesAndData[i + 1];
            CRC32 check = new CRC32();
            check.update(type);
            check.update(data);
            out.writeInt(data.length);
            out.write(type);
            out.write(data);
            out.writeInt((int) check.getValue());
        }
        return bytes.toByteArray();
    }

    /** The header of a PNG file: colour 0 is grey, 2 red, green and blue, 3 by palette, 6 with alpha. */
    static byte[] header(int width, int height, int bits, int colour) {
        return ByteBuffer.allocate(13)
                .putInt(width)
                .putInt(height)
                .put((byte) bits)
                .put((byte) colour)
                .array();
    }

    /** Zeros, deflated as far as they go. */
    static byte[] deflatedZeros(long count) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        Deflater deflater = new Deflater(Deflater.BEST_COMPRESSION);
        try (DeflaterOutputStream out = new DeflaterOutputStream(bytes, deflater)) {
            byte[] block = new byte[1 << 16];
            for (long left = count; left > 0; left -= block.length) {
                out.write(block, 0, (int) Math.min(left, block.length));
            }
        } finally {
            deflater.end();
        }
        return bytes.toByteArray();
    }

    /** A BMP file of 256 colours with another number of 32 bits at a place of its header. */
    static byte[] bmp(int at, int value) throws IOException {
        byte[] bytes = written(image(8, 8, BufferedImage.TYPE_BYTE_INDEXED), "bmp");
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(at, value);
        return bytes;
    }

    /** A GIF file that says another size. */
    static byte[] gif(int width, int height) throws IOException {
        byte[] bytes = written(image(8, 8, BufferedImage.TYPE_BYTE_INDEXED), "gif");
        int at = 13 + (3 << (1 + (bytes[10] & 7)));
        while (bytes[at] != 0x2C) {
            at++;
        }
        ByteBuffer.wrap(bytes)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putShort(6, (short) width)
                .putShort(8, (short) height)
                .putShort(at + 5, (short) width)
                .putShort(at + 7, (short) height);
        return bytes;
    }
}
