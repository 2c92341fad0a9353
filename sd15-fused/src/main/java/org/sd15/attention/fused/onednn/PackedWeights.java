package org.sd15.attention.fused.onednn;

import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.dnnl.memory.desc;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.nd4j.linalg.api.buffer.DataBuffer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.attention.machine.HalfPrecision;
import org.sd15.attention.machine.MappedPages;

/**
 * Copies of constant weights in the layouts that oneDNN's primitives read fastest, one a weight and layout, shared by
 * all graphs of an execution and freed with the weights.
 *
 * <p>Once weights in the mapping of a file are packed, their pages are let go, so that they are not held twice. Weights in
 * a read-only mapping can't change. Others are packed again when they are found changed, which a few elements of each are
 * looked at for: an optimiser's step changes them all.
 */
public final class PackedWeights {

    /** How many elements are looked at. */
    private static final int SAMPLES = 32;

    /** Less than this is not worth asking what memory it is. */
    private static final long LARGE_BYTES = 1 << 20;

    /**
     * A part of an array, to be packed.
     *
     * @param address where it lies
     * @param offset elements from the start of the buffer
     * @param type of its elements: float32, or half precision that is widened for the copy
     * @param plain how it lies there, or would lie in float32
     * @param wanted how it is to lie in the copy
     */
    record Part(long address, long offset, DataType type, desc plain, desc wanted) {

        long length() {
            return plain.get_size() / Float.BYTES;
        }

        long bytes() {
            return length() * type.width();
        }
    }

    /** Copies from an address to another and into the other layout. */
    @FunctionalInterface
    interface Packer {
        void pack(long from, long to);
    }

    /** A copy. */
    private static final class Copy {
        private final long offset;
        private final desc plain;
        private final desc wanted;
        private final BytePointer block;
        private MappedPages.RangeKind memory = MappedPages.RangeKind.OTHER;
        private long fingerprint;

        Copy(long offset, desc plain, desc wanted) {
            this.offset = offset;
            this.plain = plain;
            this.wanted = wanted;
            this.block = new BytePointer(wanted.get_size() + Scratch.ALIGNMENT);
        }

        void fill(Part part, Packer packer) {
            packer.pack(part.address(), address());
            fingerprint = HalfPrecision.is(part.type()) ? 0 : fingerprint(part);
            long bytes = part.bytes();
            if (bytes >= LARGE_BYTES) {
                memory = MappedPages.kind(part.address(), bytes);
                MappedPages.release(memory, part.address(), bytes);
            }
        }

        /** Looks at the values only where nothing else tells: that would bring the pages of a file back. */
        boolean isOutOfDate(Part part) {
            if (HalfPrecision.is(part.type())) {
                return false; // nobody writes to those
            }
            return switch (memory) {
                case READ_ONLY -> false;
                case PRIVATE -> !MappedPages.areUnwritten(part.address(), part.bytes());
                case OTHER -> fingerprint != fingerprint(part);
            };
        }

        boolean is(long otherOffset, desc otherPlain, desc otherWanted) {
            return offset == otherOffset && Program.same(plain, otherPlain) && Program.same(wanted, otherWanted);
        }

        long address() {
            return Scratch.align(block.address());
        }
    }

    /** Weights by identity: two buffers with equal contents are two keys. */
    private static final class Key extends WeakReference<DataBuffer> {
        private final int hash;

        Key(DataBuffer buffer, ReferenceQueue<DataBuffer> queue) {
            super(buffer, queue);
            hash = System.identityHashCode(buffer);
        }

        @Override
        public int hashCode() {
            return hash;
        }

        @Override
        public boolean equals(Object other) {
            if (this == other) {
                return true;
            }
            DataBuffer buffer = get();
            return other instanceof Key that && buffer != null && buffer == that.get();
        }
    }

    private final Map<Key, List<Copy>> copies = new HashMap<>();
    private final Map<Key, MappedPages.RangeKind> kinds = new HashMap<>();
    private final ReferenceQueue<DataBuffer> gone = new ReferenceQueue<>();

    /** The address of the copy of a part of an array, packed now if there is none or it is out of date. */
    synchronized long address(DataBuffer weights, Part part, Packer packer) {
        forgetTheDead();
        List<Copy> all = copies.computeIfAbsent(new Key(weights, gone), key -> new ArrayList<>());
        for (Copy copy : all) {
            if (copy.is(part.offset(), part.plain(), part.wanted())) {
                if (copy.isOutOfDate(part)) {
                    copy.fill(part, packer);
                }
                return copy.address();
            }
        }
        Copy copy = new Copy(part.offset(), part.plain(), part.wanted());
        copy.fill(part, packer);
        all.add(copy);
        return copy.address();
    }

    /**
     * Lets go of the pages of weights that were read as they lie, by a derivative: their packed copy is all that a step
     * needs most of the time.
     */
    public synchronized void doneReading(INDArray weights) {
        long bytes = weights.length() * weights.dataType().width();
        if (bytes < LARGE_BYTES) {
            return;
        }
        forgetTheDead();
        long start = Program.address(weights, 0);
        MappedPages.RangeKind kind = kinds.computeIfAbsent(
                new Key(Program.whole(weights.data()), gone), key -> MappedPages.kind(start, bytes));
        MappedPages.release(kind, start, bytes);
    }

    /** Frees the copies of weights, which no program may be reading. */
    public synchronized void forget(Collection<INDArray> weights) {
        for (INDArray array : weights) {
            List<Copy> unused = copies.remove(new Key(Program.whole(array.data()), gone));
            if (unused != null) {
                unused.forEach(copy -> copy.block.deallocate());
            }
        }
    }

    /** Bytes of all copies. */
    public synchronized long bytes() {
        forgetTheDead();
        return copies.values().stream()
                .flatMap(List::stream)
                .mapToLong(copy -> copy.block.capacity())
                .sum();
    }

    private void forgetTheDead() {
        for (var dead = gone.poll(); dead != null; dead = gone.poll()) {
            kinds.remove(dead);
            List<Copy> unused = copies.remove(dead);
            if (unused != null) {
                unused.forEach(copy -> copy.block.deallocate());
            }
        }
    }

    private static long fingerprint(Part part) {
        long length = part.length();
        FloatPointer values = new FloatPointer(new Slot.Address(part.address())).capacity(length);
        long hash = 1;
        for (int i = 0; i < SAMPLES; i++) {
            long place = (length - 1) * i / (SAMPLES - 1);
            hash = 31 * hash + Float.floatToRawIntBits(values.get(place));
        }
        return hash;
    }
}
