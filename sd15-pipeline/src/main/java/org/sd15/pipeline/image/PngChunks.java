package org.sd15.pipeline.image;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * The chunks of a PNG file.
 *
 * @see <a href="https://www.w3.org/TR/png-3/#5DataRep">PNG (Third Edition), section 5</a>
 */
record PngChunks(List<Chunk> chunks) {

    private static final int SIGNATURE = 8;
    private static final int OF_TYPE = 4;
    private static final int OF_CHECK = 4;

    /** What the pixels depend on. */
    private static final Set<String> OF_PIXELS = Set.of("IHDR", "PLTE", "tRNS", "IDAT", "IEND");

    /** Bytes that deflate makes of one, at most. */
    private static final long DEFLATE = 1032;

    /** Bytes of a compressed text at most: several times the graph of any ComfyUI that people draw by hand. */
    private static final int LONGEST_TEXT = 4 << 20;

    /**
     * A chunk.
     *
     * @param type four letters
     * @param data what it holds
     * @param whole length, type, data and check sum
     */
    record Chunk(String type, ByteBuffer data, ByteBuffer whole) {}

    static PngChunks of(byte[] file) throws IOException {
        ByteBuffer rest = ByteBuffer.wrap(file).position(SIGNATURE);
        List<Chunk> chunks = new ArrayList<>();
        while (rest.remaining() >= Integer.BYTES + OF_TYPE) {
            int begin = rest.position();
            long length = rest.getInt() & 0xFFFF_FFFFL;
            byte[] type = new byte[OF_TYPE];
            rest.get(type);
            if (length + OF_CHECK > rest.remaining()) {
                throw new BadPicture("a damaged PNG picture: a chunk of %,d bytes at byte %,d of %,d"
                        .formatted(length, begin, file.length));
            }
            ByteBuffer data = rest.slice().limit((int) length);
            rest.position(rest.position() + (int) length + OF_CHECK);
            ByteBuffer whole = ByteBuffer.wrap(file, begin, rest.position() - begin);
            chunks.add(new Chunk(new String(type, StandardCharsets.ISO_8859_1), data, whole));
        }
        return new PngChunks(List.copyOf(chunks));
    }

    /**
     * The file without whatever the pixels don't depend on.
     *
     * @throws IOException if its compressed pixels can't be as many as it says
     */
    static byte[] pixelsOf(byte[] file) throws IOException {
        PngChunks all = of(file);
        all.requireEnoughData();
        ByteArrayOutputStream kept = new ByteArrayOutputStream(file.length);
        kept.write(file, 0, SIGNATURE);
        for (Chunk chunk : all.chunks) {
            if (OF_PIXELS.contains(chunk.type)) {
                kept.write(file, chunk.whole.position(), chunk.whole.remaining());
            }
        }
        return kept.toByteArray();
    }

    private void requireEnoughData() throws IOException {
        ByteBuffer header =
                chunks.isEmpty() ? ByteBuffer.allocate(0) : chunks.get(0).data.duplicate();
        if (chunks.isEmpty() || !chunks.get(0).type.equals("IHDR") || header.remaining() < 10) {
            throw new BadPicture("a damaged PNG picture: it does not begin with its size");
        }
        long width = header.getInt() & 0xFFFF_FFFFL;
        long height = header.getInt() & 0xFFFF_FFFFL;
        PictureDecoder.requireSides(width, height);
        int depth = header.get();
        long samples = switch (header.get()) {
            case 2 -> 3;
            case 4 -> 2;
            case 6 -> 4;
            default -> 1;
        };
        long data = chunks.stream()
                .filter(chunk -> chunk.type.equals("IDAT"))
                .mapToLong(chunk -> chunk.data.remaining())
                .sum();
        double needed = (double) width * height * samples * depth / Byte.SIZE;
        if (needed > data * DEFLATE) {
            throw PictureDecoder.tooMany(PictureFormat.PNG, width, height, data);
        }
    }

    /** What the chunk {@code eXIf} says, if there is one. */
    Optional<Exif> exif() {
        return chunks.stream()
                .filter(chunk -> chunk.type.equals("eXIf"))
                .map(chunk -> new Exif(chunk.data))
                .findFirst();
    }

    /** The text chunks by keyword; compressed ones that unpack to too much are left out. */
    Map<String, String> texts() {
        Map<String, String> texts = new LinkedHashMap<>();
        for (Chunk chunk : chunks) {
            ByteBuffer data = chunk.data.duplicate();
            switch (chunk.type) {
                case "tEXt" ->
                    texts.put(
                            upToZero(data),
                            StandardCharsets.ISO_8859_1.decode(data).toString());
                case "zTXt" -> {
                    String keyword = upToZero(data);
                    data.get(); // the method
                    unpacked(data, StandardCharsets.ISO_8859_1).ifPresent(text -> texts.put(keyword, text));
                }
                case "iTXt" -> international(data, texts);
                default -> {}
            }
        }
        return texts;
    }

    private static void international(ByteBuffer data, Map<String, String> texts) {
        String keyword = upToZero(data);
        boolean compressed = data.get() != 0;
        data.get(); // the method
        upToZero(data); // the language
        upToZero(data); // the keyword in that language
        if (compressed) {
            unpacked(data, StandardCharsets.UTF_8).ifPresent(text -> texts.put(keyword, text));
        } else {
            texts.put(keyword, StandardCharsets.UTF_8.decode(data).toString());
        }
    }

    private static Optional<String> unpacked(ByteBuffer data, Charset charset) {
        Inflater inflater = new Inflater();
        try {
            inflater.setInput(data);
            byte[] text = new byte[LONGEST_TEXT];
            int length = inflater.inflate(text);
            return inflater.finished() ? Optional.of(new String(text, 0, length, charset)) : Optional.empty();
        } catch (DataFormatException damaged) {
            throw new IllegalArgumentException("a compressed text is damaged", damaged);
        } finally {
            inflater.end();
        }
    }

    private static String upToZero(ByteBuffer data) {
        int length = 0;
        while (data.get(data.position() + length) != 0) {
            length++;
        }
        String text = StandardCharsets.UTF_8.decode(data.slice().limit(length)).toString();
        data.position(data.position() + length + 1);
        return text;
    }
}
