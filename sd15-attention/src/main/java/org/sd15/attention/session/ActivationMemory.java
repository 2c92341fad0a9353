package org.sd15.attention.session;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.BytePointer;
import org.jspecify.annotations.Nullable;
import org.nd4j.autodiff.samediff.internal.memory.AbstractMemoryMgr;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.shape.LongShapeDescriptor;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The activations of a session in one block of memory. What a run asks for, and when it gives it back, is written down
 * once; a {@link MemoryPlan} then says where each array lies, and every further run of the kind takes the same addresses.
 * Results that were asked for are arrays of their own, see {@link ResultMemory}, and so is what a run asks for against its
 * plan.
 *
 * <p>ND4J's own cache hands an array on to one of the same shape only: at its largest it holds several times what is alive.
 * It also gives arrays numbers that other arrays have, so that the session takes some of them for released.
 */
final class ActivationMemory extends AbstractMemoryMgr {

    /** Runs of different kinds that are remembered. */
    private static final int KEPT_PLANS = 8;

    private final Map<Object, MemoryPlan> plans = new LinkedHashMap<>(16, 0.75f, true);
    private final Map<Object, ResultMemory> results = new HashMap<>();
    private final Map<INDArray, Integer> live = new IdentityHashMap<>();
    private final List<MemoryPlan.Request> requests = new ArrayList<>();
    private final MemoryPlan.Events events = new MemoryPlan.Events();
    private @Nullable BytePointer block;
    private final Deque<BytePointer> stage = new ArrayDeque<>();
    private boolean rehearsing;
    private @Nullable MemoryPlan following;
    private @Nullable ResultMemory given;

    /** Whether there is a plan for runs of a kind. */
    boolean knows(Object kind) {
        return plans.containsKey(kind);
    }

    /** Begins a run whose values don't matter: its arrays all lie in the same place. */
    void beginRehearsal() {
        rehearsing = true;
    }

    /** Begins a run. Runs of a kind have the same results to give and inputs of the same shapes. */
    void begin(Object kind) {
        following = plans.get(kind);
        if (following != null && (block == null || block.capacity() < following.blockBytes())) {
            free();
            block = new BytePointer(following.blockBytes());
        }
        if (following != null) {
            given = results.computeIfAbsent(kind, unseen -> new ResultMemory());
            given.begin();
        }
    }

    /**
     * Ends a run.
     *
     * @param results what it gives
     * @return the results, in arrays that nothing else will be written to
     */
    Map<String, INDArray> end(Object kind, Map<String, INDArray> results) {
        Map<String, INDArray> own = new LinkedHashMap<>();
        results.forEach((name, array) -> own.put(name, live.containsKey(array) ? array.dup('c') : array));
        if (following == null) {
            remember(kind);
            live.keySet().stream().filter(array -> !isPlaced(array)).forEach(INDArray::close);
        }
        abandon();
        return own;
    }

    private void remember(Object kind) {
        plans.put(kind, MemoryPlan.of(requests, events));
        if (plans.size() > KEPT_PLANS) {
            Object oldest = plans.keySet().iterator().next();
            plans.remove(oldest);
            forgetResults(results.remove(oldest));
        }
    }

    private static void forgetResults(@Nullable ResultMemory memory) {
        if (memory != null) {
            memory.free();
        }
    }

    /** Ends a run that failed, or one that has been dealt with. */
    void abandon() {
        live.clear();
        requests.clear();
        events.clear();
        following = null;
        given = null;
        rehearsing = false;
        stage.forEach(BytePointer::deallocate);
        stage.clear();
    }

    @Override
    public INDArray allocate(boolean detached, LongShapeDescriptor descriptor) {
        if (descriptor.isEmpty()) {
            return Nd4j.create(descriptor).detach();
        }
        DataType type = descriptor.dataType();
        return descriptor instanceof StridedShape strided
                ? allocate(detached, type, strided)
                : allocate(detached, type, descriptor.getShape());
    }

    /** An array that is dense once its dimensions are in the order of their strides. */
    private INDArray allocate(boolean detached, DataType type, StridedShape strided) {
        int[] outermostFirst = IntStream.range(0, strided.rank())
                .boxed()
                .sorted(Comparator.comparingLong(axis -> -strided.getStride()[axis]))
                .mapToInt(Integer::intValue)
                .toArray();
        int[] places = new int[outermostFirst.length];
        long[] shape = new long[outermostFirst.length];
        for (int i = 0; i < outermostFirst.length; i++) {
            places[outermostFirst[i]] = i;
            shape[i] = strided.getShape()[outermostFirst[i]];
        }
        INDArray dense = allocate(detached, type, shape);
        INDArray asSeen = dense.permute(places);
        Integer number = live.remove(dense);
        if (number != null) {
            live.put(asSeen, number);
        }
        return asSeen;
    }

    @Override
    public INDArray allocate(boolean detached, DataType type, long... shape) {
        var request = new MemoryPlan.Request(type, shape.clone());
        if (detached && given != null && request.isLarge()) {
            return given.array(request);
        }
        if (detached || !request.isLarge()) {
            return Nd4j.createUninitializedDetached(type, shape);
        }
        int number = requests.size();
        requests.add(request);
        events.add(number);
        INDArray array = place(number, request);
        live.put(array, number);
        return array;
    }

    private INDArray place(int number, MemoryPlan.Request request) {
        if (rehearsing) {
            if (stage.isEmpty() || stage.getFirst().capacity() < request.bytes()) {
                stage.push(new BytePointer(2 * request.bytes()));
            }
            return MemoryPlan.array(request, stage.getFirst().address());
        }
        if (following != null && block != null && following.expects(events, request)) {
            return following.array(number, block);
        }
        following = null; // from here on this run is on its own
        return Nd4j.createUninitializedDetached(request.type(), request.shape());
    }

    @Override
    public void release(INDArray array) {
        Integer number = live.remove(array);
        if (number != null) {
            events.add(~number);
        }
        if (!isPlaced(array) && array.closeable()) {
            array.close();
        }
    }

    private boolean isPlaced(INDArray array) {
        return (block != null && MemoryPlan.isIn(array, block))
                || stage.stream().anyMatch(place -> MemoryPlan.isIn(array, place));
    }

    /** Bytes of the block. */
    long bytes() {
        return block == null ? 0 : block.capacity();
    }

    /** Frees the block until the next run. */
    void free() {
        plans.values().forEach(MemoryPlan::forgetArrays);
        results.values().forEach(ResultMemory::free);
        if (block != null) {
            block.deallocate();
            block = null;
        }
    }

    @Override
    public void close() {
        free();
    }
}
