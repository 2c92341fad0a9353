package org.sd15.attention.fused.onednn;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.global.dnnl.scratchpad_mode;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.memory.desc;
import org.bytedeco.dnnl.primitive;
import org.bytedeco.dnnl.primitive_attr;
import org.bytedeco.dnnl.primitive_desc_base;
import org.bytedeco.dnnl.reorder;
import org.bytedeco.javacpp.FloatPointer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.attention.machine.HalfPrecision;
import org.sd15.attention.machine.Lanes;

/** Puts a program together. */
public final class ProgramBuilder {

    /** Writes one lane. */
    @FunctionalInterface
    public interface LaneWriter {
        /** Adds the steps of a lane. */
        void write(ProgramBuilder lane, int index);
    }

    private static final long LEAST_NARROW_SIDE = 16;

    private final INDArray[] in;
    private final INDArray[] out;
    private final memory.data_type matrixType;
    private final PlannedSteps planned;
    private final Map<Integer, Slot> widened = new HashMap<>();

    /**
     * A program for arguments and results of these shapes and strides; their values are not looked at.
     *
     * @param matrixType the type in which matrices are multiplied
     */
    public ProgramBuilder(INDArray[] in, INDArray[] out, memory.data_type matrixType) {
        this(in, out, matrixType, new PlannedSteps());
    }

    private ProgramBuilder(INDArray[] in, INDArray[] out, memory.data_type matrixType, PlannedSteps planned) {
        this.in = in;
        this.out = out;
        this.matrixType = matrixType;
        this.planned = planned;
    }

    /**
     * The type in which is multiplied. Products with a short side stay in float32: they cost little, and what begins
     * and ends a model, its time and its first and last convolution, is among them.
     *
     * @param shortest the shortest side of the product
     */
    public memory.data_type matrixType(long shortest) {
        return shortest < LEAST_NARROW_SIDE ? memory.data_type.f32 : matrixType;
    }

    /** A memory in the type in which is multiplied: itself, or a copy. */
    public Slot factor(Slot values, memory.data_type type) {
        return type == memory.data_type.f32 ? values : packed(values, Layouts.as(type, values.layout()));
    }

    /** The shape of an argument. */
    public long[] shape(int index) {
        return in[index].shape();
    }

    /** The strides of an argument. */
    public long[] stride(int index) {
        return in[index].stride();
    }

    /** The strides of a result. */
    public long[] resultStride(int index) {
        return out[index].stride();
    }

    /** An argument. */
    public Slot input(int index, desc layout) {
        return input(index, layout, 0);
    }

    /** A part of an argument, n elements behind its start. In half precision it is widened at each run. */
    public Slot input(int index, desc layout, long offset) {
        return isHalf(index)
                ? view(widened.computeIfAbsent(index, this::widen), layout, offset)
                : planned.slot(layout, new Slot.Place.Input(index, offset));
    }

    private boolean isHalf(int index) {
        return HalfPrecision.is(in[index].dataType());
    }

    /** All of an argument, as it lies. */
    private Slot widen(int index) {
        DataType type = in[index].dataType();
        long length = in[index].length();
        memory.data_type stored = type == DataType.BFLOAT16 ? memory.data_type.bf16 : memory.data_type.f16;
        Slot narrow = planned.slot(
                new desc(new long[] {length}, stored, memory.format_tag.a), new Slot.Place.Input(index, 0));
        Slot wide = temporary(Layouts.dense(length));
        compute(
                memories -> HalfPrecision.widen(
                        type, memories.get(0).address(), memories.get(1).address(), length),
                narrow,
                wide);
        return wide;
    }

    /** A result. */
    public Slot output(int index, desc layout) {
        return output(index, layout, 0);
    }

    /** A part of a result, n elements behind its start. */
    public Slot output(int index, desc layout, long offset) {
        return planned.slot(layout, new Slot.Place.Output(index, offset));
    }

    /** Memory that lasts as long as a run. */
    public Slot temporary(desc layout) {
        return planned.slot(layout, new Slot.Place.Scratch(planned.reserve(layout.get_size())));
    }

    /** Another view of temporary memory, n elements behind its start. */
    public Slot view(Slot temporary, desc layout, long offset) {
        long start = ((Slot.Place.Scratch) temporary.place()).offset();
        return planned.slot(layout, new Slot.Place.Scratch(start + offset * Float.BYTES));
    }

    /**
     * An argument in the layout that a primitive wants: itself if it lies so and is float32, else a copy.
     *
     * @param offset first element
     * @param constant whether the copy may be kept from run to run
     */
    public Slot weights(int index, desc plain, long offset, desc wanted, boolean constant) {
        if (Program.same(plain, wanted) && !isHalf(index)) {
            return input(index, plain, offset);
        }
        if (constant) {
            return planned.slot(wanted, new Slot.Place.Packed(index, offset, plain));
        }
        return packed(input(index, plain, offset), wanted);
    }

    /** A memory in the layout that a primitive wants, copied at each run unless it lies so. */
    public Slot packed(Slot plain, desc wanted) {
        if (Program.same(plain.layout(), wanted)) {
            return plain;
        }
        Slot copy = temporary(wanted);
        reorder(plain, copy, new PostOps());
        return copy;
    }

    /** Whether two layouts are the same. */
    public static boolean same(desc a, desc b) {
        return Program.same(a, b);
    }

    /** Where a primitive writes a result in its own layout: the result itself if it lies so, else temporary memory. */
    public Slot place(Slot result, desc produced) {
        return Program.same(result.layout(), produced) ? result : temporary(produced);
    }

    /** Brings what was written to {@link #place} to where it belongs. */
    public void unpack(Slot placed, Slot result) {
        if (placed != result) {
            copy(placed, result);
        }
    }

    /** Copies a memory into another, which may lie differently. */
    public void copy(Slot from, Slot to) {
        reorder(from, to, new PostOps());
    }

    /** Adds a memory to another. */
    public void accumulate(Slot from, Slot to) {
        reorder(from, to, new PostOps().accumulate());
    }

    private void reorder(Slot from, Slot to, PostOps post) {
        var description = new reorder.primitive_desc(
                OneDnn.engine(), from.layout(), OneDnn.engine(), to.layout(), attributes(post), false);
        add(description, new reorder(description), Map.of(dnnl.DNNL_ARG_FROM, from, dnnl.DNNL_ARG_TO, to));
    }

    /** Attributes for a primitive of this program. */
    public primitive_attr attributes(PostOps post) {
        primitive_attr attributes = new primitive_attr();
        attributes.set_scratchpad_mode(scratchpad_mode.user);
        attributes.set_post_ops(post.operations());
        planned.keep(post, attributes);
        return attributes;
    }

    /** The next step. */
    public void add(primitive_desc_base description, primitive primitive, Map<Integer, Slot> arguments) {
        planned.keep(description, primitive);
        planned.add(primitive, arguments, description.scratchpad_desc());
    }

    /** A little arithmetic in Java as the next step; the work is given the values of the memories in their order. */
    public void compute(Consumer<List<FloatPointer>> work, Slot... memories) {
        planned.add(new Step.Java(List.of(memories), work));
    }

    /** How many lanes the machine has. */
    public static int lanes() {
        return Lanes.count();
    }

    /**
     * The next step: parts that run at the same time, each in one thread of its own, so that what a part writes and reads
     * again stays in the cache of a core. They must not write to each other's memory; what one of them needs of another
     * belongs into a step before.
     */
    public void sideBySide(int count, LaneWriter writer) {
        List<PlannedSteps> lanes = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int index = i;
            PlannedSteps steps = planned.lane();
            Lanes.alone(() -> writer.write(new ProgramBuilder(in, out, matrixType, steps), index));
            lanes.add(steps);
        }
        planned.add(lanes);
    }

    /** The program. */
    public Program build() {
        return planned.program();
    }
}
