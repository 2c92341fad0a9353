package org.sd15.importer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.sd15.importer.io.FileBytes;
import org.sd15.importer.io.ImportException;

/** The formats that weights come in. A file's first bytes tell, its name is not looked at. */
public enum FileFormat {
    /** One safetensors file. */
    SAFETENSORS,

    /** A JSON index and the files that it names. */
    SHARDED,

    /** PyTorch since 1.6. */
    TORCH_ZIP,

    /** PyTorch before 1.6. */
    TORCH_LEGACY;

    private static final int ENOUGH = 64;
    private static final int ZIP = 0x04034b50;
    private static final byte PICKLE = (byte) 0x80;
    private static final String GIT_LFS = "version https://git-lfs";
    private static final long LARGEST_HEADER = 100_000_000;

    /**
     * The format of a file.
     *
     * @throws ImportException if it is none of them
     */
    public static FileFormat of(Path file) throws IOException {
        if (Files.isDirectory(file)) {
            throw new ImportException(file, "is a folder, not a file of weights");
        }
        if (!Files.exists(file)) {
            throw new ImportException(file, "no such file");
        }
        if (!Files.isRegularFile(file)) { // reading a pipe may never end
            throw new ImportException(file, "is a pipe or a device, not a file of weights");
        }
        ByteBuffer head;
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            head = FileBytes.read(channel, 0, (int) Math.min(channel.size(), ENOUGH));
        }
        return of(file, head);
    }

    private static FileFormat of(Path file, ByteBuffer head) {
        if (!head.hasRemaining()) {
            throw new ImportException(file, "is empty");
        }
        if (isSafetensors(head)) { // first: the length of its header may begin with any byte
            return SAFETENSORS;
        }
        if (head.remaining() >= Integer.BYTES && head.getInt(0) == ZIP) {
            return TORCH_ZIP;
        }
        if (head.get(0) == PICKLE) {
            return TORCH_LEGACY;
        }
        if (head.get(0) == '{') {
            return SHARDED;
        }
        if (looksLikeSafetensors(head)) {
            return SAFETENSORS;
        }
        String text = StandardCharsets.ISO_8859_1.decode(head.duplicate()).toString();
        if (text.startsWith(GIT_LFS)) {
            throw new ImportException(
                    file, "is a Git LFS pointer, a stand-in for the real file: fetch that with `git lfs pull`");
        }
        throw new ImportException(
                file,
                "is not a checkpoint: it begins with \"%s\", and neither as safetensors nor as PyTorch's zip or pickle"
                        .formatted(text.replaceAll("[^ -~]", ".").strip()));
    }

    /** A header of plausible length that begins as it must. */
    private static boolean isSafetensors(ByteBuffer head) {
        return head.remaining() > Long.BYTES && isPlausible(head.getLong(0)) && head.get(Long.BYTES) == '{';
    }

    private static boolean isPlausible(long headerLength) {
        return headerLength >= 0 && headerLength <= LARGEST_HEADER;
    }

    /** Perhaps a damaged one; its reader says what is wrong. */
    private static boolean looksLikeSafetensors(ByteBuffer head) {
        if (head.remaining() < Long.BYTES) {
            return false;
        }
        return isPlausible(head.getLong(0)) || (head.remaining() > Long.BYTES && head.get(Long.BYTES) == '{');
    }
}
