package org.sd15.examples.cuda;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;

/** A shared library of 64-bit Linux, as the System V ABI lays it out ({@code elf.h}): its sections and its symbols. */
final class ElfFile implements Closeable {

    private static final int MAGIC = 0x464C457F;
    private static final int HEADER = 64;
    private static final int SECTIONS_AT = 0x28;
    private static final int SECTION_SIZE_AT = 0x3A;
    private static final int SYMBOL = 24;

    /** Where a section lies. */
    private record Section(long offset, long size, int link) {}

    private final FileChannel file;
    private final Map<String, Section> sections = new LinkedHashMap<>();
    private final Section[] numbered;

    ElfFile(Path path) throws IOException {
        file = FileChannel.open(path);
        ByteBuffer header = read(0, HEADER);
        if (header.getInt(0) != MAGIC) {
            throw new IOException(path + " is no ELF file");
        }
        int size = header.getShort(SECTION_SIZE_AT);
        int count = header.getShort(SECTION_SIZE_AT + Short.BYTES);
        int names = header.getShort(SECTION_SIZE_AT + 2 * Short.BYTES);
        ByteBuffer table = read(header.getLong(SECTIONS_AT), (long) size * count);
        numbered = new Section[count];
        for (int i = 0; i < count; i++) {
            int at = i * size;
            numbered[i] = new Section(table.getLong(at + 24), table.getLong(at + 32), table.getInt(at + 40));
        }
        ByteBuffer text = read(numbered[names].offset, numbered[names].size);
        for (int i = 0; i < count; i++) {
            sections.put(string(text, table.getInt(i * size)), numbered[i]);
        }
    }

    /** Bytes of the file, little-endian. */
    ByteBuffer read(long offset, long size) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(size)).order(ByteOrder.LITTLE_ENDIAN);
        while (bytes.hasRemaining() && file.read(bytes, offset + bytes.position()) > 0) {
            // until it is full
        }
        return bytes.flip();
    }

    /** Where a section begins in the file. */
    long offset(String section) {
        return section(section).offset;
    }

    /** Its bytes in the file. */
    long size(String section) {
        return section(section).size;
    }

    private Section section(String name) {
        Section section = sections.get(name);
        if (section == null) {
            throw new NoSuchElementException("no section " + name + " among " + sections.keySet());
        }
        return section;
    }

    /** Names of what the library defines, exported or not, as compilers write them. */
    Set<String> symbols() throws IOException {
        Set<String> symbols = new HashSet<>();
        for (String table : new String[] {".dynsym", ".symtab"}) {
            Section entries = sections.get(table);
            if (entries == null) {
                continue; // a stripped library has the first only
            }
            ByteBuffer text = read(numbered[entries.link].offset, numbered[entries.link].size);
            ByteBuffer each = read(entries.offset, entries.size);
            for (int at = 0; at < each.limit(); at += SYMBOL) {
                boolean defined = each.getShort(at + 6) != 0;
                if (defined) {
                    symbols.add(string(text, each.getInt(at)));
                }
            }
        }
        return symbols;
    }

    private static String string(ByteBuffer text, int from) {
        int to = from;
        while (text.get(to) != 0) {
            to++;
        }
        return new String(text.array(), from, to - from, StandardCharsets.ISO_8859_1);
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
