package org.sd15.attention.fused.onednn;

import java.lang.ref.Reference;
import java.util.List;
import java.util.Map;
import org.bytedeco.dnnl.engine;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory.desc;
import org.bytedeco.dnnl.reorder;
import org.bytedeco.dnnl.stream;
import org.nd4j.linalg.api.buffer.DataBuffer;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.attention.machine.HalfPrecision;

/** What one operation does for one set of shapes. For one thread at a time. */
public final class Program {

    private final List<Slot> slots;
    private final List<Step> steps;
    private final long scratchBytes;
    private final List<Object> kept;
    private final stream stream = new stream(OneDnn.engine());

    /** What the steps point to is kept alive with them. */
    Program(List<Slot> slots, List<Step> steps, long scratchBytes, List<Object> kept) {
        this.slots = List.copyOf(slots);
        this.steps = List.copyOf(steps);
        this.scratchBytes = scratchBytes;
        this.kept = List.copyOf(kept);
    }

    /**
     * Runs the program.
     *
     * @param in the arguments, of the shapes and strides that the program was made for
     * @param out the results, of the shapes and strides that it was made for
     */
    public void run(INDArray[] in, INDArray[] out, Scratch scratch, PackedWeights packed) {
        long base = scratch.address(scratchBytes);
        for (Slot slot : slots) {
            slot.bind(address(slot, in, out, base, packed));
        }
        for (Step step : steps) {
            step.run(stream);
        }
        stream._wait();
    }

    private long address(Slot slot, INDArray[] in, INDArray[] out, long base, PackedWeights packed) {
        if (slot.place() instanceof Slot.Place.Input input) {
            return address(in[input.index()], input.offset());
        }
        if (slot.place() instanceof Slot.Place.Output output) {
            return address(out[output.index()], output.offset());
        }
        if (slot.place() instanceof Slot.Place.Packed weights) {
            INDArray array = in[weights.index()];
            var part = new PackedWeights.Part(
                    address(array, weights.offset()),
                    array.data().offset() + weights.offset(),
                    array.dataType(),
                    weights.plain(),
                    slot.layout());
            return packed.address(whole(array.data()), part, (from, to) -> pack(part, from, to));
        }
        return base + ((Slot.Place.Scratch) slot.place()).offset();
    }

    private void pack(PackedWeights.Part part, long from, long to) {
        if (!HalfPrecision.is(part.type())) {
            reorder(part, from, to);
        } else if (same(part.plain(), part.wanted())) {
            HalfPrecision.widen(part.type(), from, to, part.length());
        } else {
            try (Scratch floats = new Scratch()) {
                long wide = floats.address(part.plain().get_size());
                HalfPrecision.widen(part.type(), from, wide, part.length());
                reorder(part, wide, to);
            }
        }
    }

    private void reorder(PackedWeights.Part part, long from, long to) {
        engine cpu = OneDnn.engine();
        Slot source = new Slot(part.plain(), new Slot.Place.Scratch(0));
        Slot target = new Slot(part.wanted(), new Slot.Place.Scratch(0));
        source.bind(from);
        target.bind(to);
        try (var primitive = new reorder.primitive_desc(cpu, part.plain(), cpu, part.wanted());
                var copy = new reorder(primitive)) {
            new PrimitiveStep(copy, Map.of(dnnl.DNNL_ARG_FROM, source, dnnl.DNNL_ARG_TO, target)).run(stream);
            stream._wait();
        } finally {
            // The step knows addresses alone: without these, a collection of garbage frees what oneDNN is working on.
            Reference.reachabilityFence(source);
            Reference.reachabilityFence(target);
        }
    }

    /** The buffer of which another is a view: views come and go. */
    static DataBuffer whole(DataBuffer data) {
        DataBuffer original = data.originalDataBuffer();
        return original == null ? data : original;
    }

    /** The address of an element of an array, n elements behind its first. */
    static long address(INDArray array, long offset) {
        DataBuffer data = array.data();
        return data.pointer().address() + (data.offset() + offset) * data.getElementSize();
    }

    static boolean same(desc a, desc b) {
        return dnnl.dnnl_memory_desc_equal(a.get(), b.get()) != 0;
    }

    /** How many primitives a run executes. */
    public int steps() {
        return steps.size();
    }
}
