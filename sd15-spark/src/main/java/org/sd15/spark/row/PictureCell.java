package org.sd15.spark.row;

import java.awt.image.BufferedImage;
import java.io.IOException;
import org.apache.spark.ml.image.ImageSchema;
import org.apache.spark.sql.Row;
import org.sd15.pipeline.image.Pictures;
import org.sd15.pipeline.image.PngFile;

/** Pictures in cells: bytes of a file, as Spark's source {@code binaryFile} has them, or pixels of its source {@code image}. */
final class PictureCell {

    private static final int BYTE = 255;

    private PictureCell() {}

    /**
     * The picture of a cell.
     *
     * @param cell bytes of PNG, JPEG, WebP, TIFF, BMP or GIF, or a row of Spark's image schema
     * @throws IOException if it is no picture, a damaged one, or one that is too large
     */
    static BufferedImage read(Object cell) throws IOException {
        return cell instanceof byte[] file ? PngFile.decode(file) : pixels((Row) cell);
    }

    /** Rows of eight bits in the order blue, green, red, as OpenCV's types CV_8UC1, CV_8UC3 and CV_8UC4 have them. */
    private static BufferedImage pixels(Row image) throws IOException {
        int width = ImageSchema.getWidth(image);
        int height = ImageSchema.getHeight(image);
        int channels = ImageSchema.getNChannels(image);
        byte[] data = ImageSchema.getData(image);
        boolean known = channels == 1 || channels == 3 || channels == 4;
        if (!known || width < 1 || height < 1 || data.length != (long) width * height * channels) {
            throw new IOException(
                    "%s: an image of %d x %d pixels in %d channels and %d bytes; Spark has -1 for what it can't read"
                            .formatted(ImageSchema.getOrigin(image), width, height, channels, data.length));
        }
        Pictures.requireSides(width, height);
        var picture = new BufferedImage(
                width, height, channels == 4 ? BufferedImage.TYPE_INT_ARGB : BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < width * height; i++) {
            picture.setRGB(i % width, i / width, argb(data, i * channels, channels));
        }
        return picture;
    }

    private static int argb(byte[] data, int at, int channels) {
        int blue = data[at] & BYTE;
        int green = channels == 1 ? blue : data[at + 1] & BYTE;
        int red = channels == 1 ? blue : data[at + 2] & BYTE;
        int alpha = channels == 4 ? data[at + 3] & BYTE : BYTE;
        return alpha << 24 | red << 16 | green << 8 | blue;
    }
}
