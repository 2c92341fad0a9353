package org.sd15.examples.cuda;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What ND4J's library for CUDA can do, read from its file. It can't be loaded without NVIDIA's driver, but its symbols tell
 * its operations, and its fat binaries say for which cards there is code.
 */
final class CudaLibrary implements Closeable {

    private static final int FAT_MAGIC = 0xBA55ED50;
    private static final int FAT_HEADER = 16;
    private static final int ENTRY_HEADER = 64;
    private static final int PTX = 1;

    /** Every operation is a class with a virtual table; a further name of one is registered by a variable. */
    private static final Pattern OPERATION = Pattern.compile("_ZTVN2sd3ops(\\d+)(\\w+)E");

    private static final Pattern SYNONYM = Pattern.compile("_ZN2sd3opsL(\\d+)zzz_register_opd_(\\w+)E(_\\d+)?");

    private final ElfFile elf;
    private final Set<String> symbols;

    CudaLibrary(Path path) throws IOException {
        elf = new ElfFile(path);
        symbols = elf.symbols();
    }

    /** Names under which custom operations are registered. */
    Set<String> customOperations() {
        Set<String> names = new TreeSet<>();
        for (String symbol : symbols) {
            Matcher operation = OPERATION.matcher(symbol);
            Matcher synonym = SYNONYM.matcher(symbol);
            if (operation.matches()) {
                names.add(operation.group(2));
            } else if (synonym.matches()) {
                names.add(synonym.group(2));
            }
        }
        return names;
    }

    /**
     * Whether there is a kernel of a legacy operation on float32.
     *
     * @param kernel the kernel's name, such as {@code transformFloatSimple}
     * @param arithmetic the class of the operation, such as {@code Sqrt}
     */
    boolean hasKernel(String kernel, String arithmetic) {
        Pattern wanted = Pattern.compile(
                ".*%s.*7simdOps%d%sIf.*".formatted(kernel, arithmetic.length(), Pattern.quote(arithmetic)));
        return symbols.stream().anyMatch(symbol -> wanted.matcher(symbol).matches());
    }

    /**
     * For which architectures there is code: the number of pieces by {@code sm_86} or {@code ptx_86}.
     *
     * <p>A fat binary is a header (magic, version, bytes of the header, bytes that follow) and entries: kind (1 PTX, 2
     * machine code), bytes of the header, bytes that follow, ..., architecture.
     */
    Map<String, Integer> code() throws IOException {
        Map<String, Integer> pieces = new TreeMap<>();
        long at = elf.offset(".nv_fatbin");
        long end = at + elf.size(".nv_fatbin");
        while (at < end) {
            ByteBuffer header = elf.read(at, FAT_HEADER);
            if (header.getInt(0) != FAT_MAGIC) {
                at += Long.BYTES; // between two of them
                continue;
            }
            long entry = at + header.getShort(6);
            at = entry + header.getLong(8);
            while (entry < at) {
                ByteBuffer fields = elf.read(entry, ENTRY_HEADER);
                String kind = fields.getShort(0) == PTX ? "ptx_" : "sm_";
                pieces.merge(kind + fields.getInt(28), 1, Integer::sum);
                entry += fields.getInt(4) + fields.getLong(8);
            }
        }
        return pieces;
    }

    @Override
    public void close() throws IOException {
        elf.close();
    }
}
