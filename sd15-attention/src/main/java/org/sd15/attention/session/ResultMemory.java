package org.sd15.attention.session;

import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.BytePointer;
import org.nd4j.linalg.api.buffer.DataBuffer;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Memory of large results. A result is an array of its own that its owner closes; memory whose array is closed, or gone,
 * serves the same result of a later run. ND4J takes new memory for each result and fills it with zeros first, which for
 * the gradients of all weights of a large model costs a third of a step of training.
 */
final class ResultMemory {

    /** Memory that waits for a result; what else comes free goes back. */
    private static final int SPARE = 4;

    /** Some memory, and who uses it. */
    private static final class Place {
        private final BytePointer memory;
        private WeakReference<DataBuffer> user = new WeakReference<>(null);

        Place(long bytes) {
            memory = new BytePointer(bytes);
        }

        boolean isFree() {
            DataBuffer buffer = user.get();
            return buffer == null || buffer.wasClosed();
        }

        INDArray array(MemoryPlan.Request request) {
            INDArray array = MemoryPlan.arrayIn(request, memory);
            user = new WeakReference<>(array.data()); // which every view of the array holds as well
            return array;
        }
    }

    /** By result, in the order in which a run asks for them. */
    private final List<List<Place>> places = new ArrayList<>();

    private int next;

    /** Begins a run, which asks for the same results in the same order as the one before. */
    void begin() {
        next = 0;
    }

    /** The array for the next result; its values are anything. */
    INDArray array(MemoryPlan.Request request) {
        if (next == places.size()) {
            places.add(new ArrayList<>());
        }
        return place(places.get(next++), MemoryPlan.ownBytes(request)).array(request);
    }

    private static Place place(List<Place> known, long bytes) {
        List<Place> free = free(known);
        for (Place place : free) {
            if (place.memory.capacity() == bytes) {
                return place;
            }
        }
        Place place = new Place(bytes);
        known.add(place);
        return place;
    }

    /** Those of some places that nobody uses, of which only a few are left. */
    private static List<Place> free(List<Place> known) {
        List<Place> free = new ArrayList<>(known.stream().filter(Place::isFree).toList());
        while (free.size() > SPARE) {
            giveBack(free.remove(free.size() - 1), known);
        }
        return free;
    }

    private static void giveBack(Place place, List<Place> known) {
        known.remove(place);
        place.memory.deallocate();
    }

    /** Gives back what nobody uses. Memory that is in use is taken again once its array is closed. */
    void free() {
        for (List<Place> known : places) {
            known.stream().filter(Place::isFree).toList().forEach(place -> giveBack(place, known));
        }
    }
}
