package org.sd15.attention.fused.onednn;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory.desc;
import org.bytedeco.dnnl.primitive;
import org.bytedeco.dnnl.stream;

/** The steps of a program, or of one lane of it, and the memory that all of them share. */
final class PlannedSteps {

    /** A step before the scratchpad has its place. */
    private sealed interface Planned {

        record Primitive(primitive primitive, Map<Integer, Slot> arguments, desc scratchpad) implements Planned {}

        record Java(Step.Java step) implements Planned {}

        record SideBySide(List<PlannedSteps> lanes) implements Planned {}
    }

    /** What a program has in common with its lanes. */
    private static final class Common {
        private final List<Slot> slots = new ArrayList<>();
        private final List<Object> kept = new ArrayList<>();
        private long scratchBytes;
    }

    private final Common common;
    private final List<Planned> planned = new ArrayList<>();

    /** The steps of a new program. */
    PlannedSteps() {
        this(new Common());
    }

    private PlannedSteps(Common common) {
        this.common = common;
    }

    /** The steps of a lane of this program. */
    PlannedSteps lane() {
        return new PlannedSteps(common);
    }

    void add(primitive primitive, Map<Integer, Slot> arguments, desc scratchpad) {
        planned.add(new Planned.Primitive(primitive, arguments, scratchpad));
    }

    void add(Step.Java step) {
        planned.add(new Planned.Java(step));
    }

    void add(List<PlannedSteps> lanes) {
        planned.add(new Planned.SideBySide(lanes));
    }

    /** Room in the scratch memory, n bytes behind its start. */
    long reserve(long bytes) {
        long start = common.scratchBytes;
        common.scratchBytes = Scratch.align(start + bytes);
        return start;
    }

    Slot slot(desc layout, Slot.Place place) {
        Slot slot = new Slot(layout, place);
        common.slots.add(slot);
        return slot;
    }

    /** Native objects that the program needs as long as it lives. */
    void keep(Object... objects) {
        common.kept.addAll(List.of(objects));
    }

    Program program() {
        List<Step> steps = steps();
        return new Program(common.slots, steps, common.scratchBytes, common.kept);
    }

    /** The steps, which share one scratchpad. */
    private List<Step> steps() {
        long most = 0;
        for (Planned step : planned) {
            if (step instanceof Planned.Primitive one) {
                most = Math.max(most, one.scratchpad().get_size());
            }
        }
        Slot.Place scratchpad = new Slot.Place.Scratch(reserve(most));
        return planned.stream().map(step -> step(step, scratchpad)).toList();
    }

    private Step step(Planned planned, Slot.Place scratchpad) {
        if (planned instanceof Planned.Java java) {
            return java.step();
        }
        if (planned instanceof Planned.SideBySide side) {
            return new Step.SideBySide(side.lanes().stream()
                    .map(lane -> new Step.Lane(lane.steps(), new stream(OneDnn.engine())))
                    .toList());
        }
        Planned.Primitive one = (Planned.Primitive) planned;
        Map<Integer, Slot> arguments = new LinkedHashMap<>(one.arguments());
        if (one.scratchpad().get_size() > 0) {
            arguments.put(dnnl.DNNL_ARG_SCRATCHPAD, slot(one.scratchpad(), scratchpad));
        }
        return new PrimitiveStep(one.primitive(), arguments);
    }
}
