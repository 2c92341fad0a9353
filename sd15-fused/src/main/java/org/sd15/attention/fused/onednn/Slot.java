package org.sd15.attention.fused.onednn;

import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.memory.desc;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;

/** A memory of a program: its layout, and where it is found when the program runs. */
public final class Slot {

    /** Where a memory lies. */
    sealed interface Place {

        /** In an argument, n elements behind its start. */
        record Input(int index, long offset) implements Place {}

        /** In a result, n elements behind its start. */
        record Output(int index, long offset) implements Place {}

        /** In the session's scratch memory, n bytes behind its start. */
        record Scratch(long offset) implements Place {}

        /** A copy of a constant argument, n elements behind its start, in oneDNN's layout, made once. */
        record Packed(int index, long offset, desc plain) implements Place {}
    }

    /** A bare address. */
    static final class Address extends Pointer {
        Address(long value) {
            address = value;
        }
    }

    private final desc layout;
    private final Place place;
    private final memory handle;
    private long bound;

    Slot(desc layout, Place place) {
        this.layout = layout;
        this.place = place;
        this.handle = new memory(layout, OneDnn.engine(), new Address(0));
    }

    /** The layout. */
    public desc layout() {
        return layout;
    }

    Place place() {
        return place;
    }

    memory handle() {
        return handle;
    }

    /** The values, as they lie, once the memory is bound. */
    FloatPointer values() {
        return new FloatPointer(new Address(bound)).capacity(layout.get_size() / Float.BYTES);
    }

    void bind(long address) {
        if (address != bound) {
            handle.set_data_handle(new Address(address));
            bound = address;
        }
    }
}
