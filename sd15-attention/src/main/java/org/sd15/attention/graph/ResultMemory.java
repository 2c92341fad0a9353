package org.sd15.attention.graph;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.BytePointer;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Memory of large results. A result is an array of its own that its owner closes; the memory of one that is closed goes to
 * the same result of the next run. ND4J takes new memory for each result and fills it with zeros first, which for the
 * gradients of all weights of a large model costs a third of a step of training.
 */
final class ResultMemory {

    /** Where one result of a run lies. */
    private static final class Place {
        private final BytePointer memory;
        private final INDArray array;

        Place(BytePointer memory, MemoryPlan.Request request) {
            this.memory = memory;
            this.array = MemoryPlan.arrayIn(request, memory);
        }
    }

    private final List<Place> places = new ArrayList<>();
    private int next;

    /** Begins a run, which asks for the same results in the same order as the one before. */
    void begin() {
        next = 0;
    }

    /** The array for the next result; its values are anything. */
    INDArray array(MemoryPlan.Request request) {
        Place before = next < places.size() ? places.get(next) : null;
        Place place = new Place(memory(before, MemoryPlan.ownBytes(request)), request);
        if (before == null) {
            places.add(place);
        } else {
            places.set(next, place);
        }
        next++;
        return place.array;
    }

    /** That of an array which was closed, else new memory: who holds the array may still read it. */
    private static BytePointer memory(@Nullable Place before, long bytes) {
        return before != null && before.array.wasClosed() && before.memory.capacity() == bytes
                ? before.memory
                : new BytePointer(bytes);
    }

    /** Frees what nobody holds. Arrays that are not closed keep their memory for themselves. */
    void free() {
        places.stream().filter(place -> place.array.wasClosed()).forEach(place -> place.memory.deallocate());
        places.clear();
    }
}
