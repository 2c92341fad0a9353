package org.sd15.attention.session;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataBuffer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Where in a block of memory the arrays of a run lie, so that no two that live at the same time overlap: the largest
 * first, each at the lowest place that is free all its life.
 *
 * @see <a href="https://arxiv.org/abs/2001.03288">Pisarchyk and Lee, Efficient Memory Management for Deep Neural Net
 *     Inference, "greedy by size"</a>
 */
final class MemoryPlan {

    private static final long ALIGNMENT = 64;

    /** Smaller arrays are not worth a plan. */
    private static final long SMALL_BYTES = 1 << 14;

    /** An array that a run asks for. */
    record Request(DataType type, long[] shape) {

        long bytes() {
            long length = Arrays.stream(shape).reduce(1, (a, b) -> a * b);
            return (length * type.width() + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        }

        boolean isLarge() {
            return (type == DataType.FLOAT || type == DataType.DOUBLE) && bytes() >= SMALL_BYTES;
        }

        boolean is(Request other) {
            return type == other.type && Arrays.equals(shape, other.shape);
        }
    }

    /**
     * What happens in a run: n when the array of request n is made, ~n when it is given back. Those that are given back
     * together come in any order, and are put in order here.
     */
    static final class Events {
        private int[] codes = new int[1024];
        private int count;

        void add(int code) {
            if (count == codes.length) {
                codes = Arrays.copyOf(codes, 2 * count);
            }
            int place = count++;
            while (code < 0 && place > 0 && codes[place - 1] < 0 && codes[place - 1] < code) {
                codes[place] = codes[place - 1];
                place--;
            }
            codes[place] = code;
        }

        void clear() {
            count = 0;
        }
    }

    private static final class Address extends Pointer {
        Address(long value) {
            address = value;
        }
    }

    private final Request[] requests;
    private final int[] events;
    private final long[] offsets;
    private final long bytes;
    private final @Nullable DataBuffer[] buffers;
    private int checked;

    private MemoryPlan(Request[] requests, int[] events, long[] offsets, long bytes) {
        this.requests = requests;
        this.events = events;
        this.offsets = offsets;
        this.bytes = bytes;
        this.buffers = new DataBuffer[requests.length];
    }

    /** A plan for runs that go as one went. */
    static MemoryPlan of(List<Request> seen, Events events) {
        Request[] requests = seen.toArray(Request[]::new);
        int[] happened = Arrays.copyOf(events.codes, events.count);
        int[] birth = new int[requests.length];
        int[] death = new int[requests.length];
        Arrays.fill(death, happened.length);
        for (int time = 0; time < happened.length; time++) {
            int code = happened[time];
            (code >= 0 ? birth : death)[code >= 0 ? code : ~code] = time;
        }
        long[] offsets = new long[requests.length];
        long bytes = place(requests, birth, death, offsets);
        return new MemoryPlan(requests, happened, offsets, bytes);
    }

    /** Finds the offsets; returns where the last array ends. */
    private static long place(Request[] requests, int[] birth, int[] death, long[] offsets) {
        List<Integer> largestFirst = IntStream.range(0, requests.length)
                .boxed()
                .sorted(Comparator.comparingLong(i -> -requests[i].bytes()))
                .toList();
        List<Integer> placed = new ArrayList<>(); // by offset
        long end = 0;
        for (int one : largestFirst) {
            long bytes = requests[one].bytes();
            long at = 0;
            for (int other : placed) {
                if (birth[one] < death[other] && birth[other] < death[one]) {
                    if (offsets[other] >= at + bytes) {
                        break;
                    }
                    at = Math.max(at, offsets[other] + requests[other].bytes());
                }
            }
            offsets[one] = at;
            end = Math.max(end, at + bytes);
            int where = 0;
            while (where < placed.size() && offsets[placed.get(where)] <= at) {
                where++;
            }
            placed.add(where, one);
        }
        return end;
    }

    /** How large the block must be. */
    long blockBytes() {
        return bytes + ALIGNMENT;
    }

    /** Whether a run whose last event asks for an array has gone by the plan until now. */
    boolean expects(Events run, Request last) {
        int from = run.count <= checked ? 0 : checked;
        if (run.count > events.length || !Arrays.equals(run.codes, from, run.count, events, from, run.count)) {
            return false;
        }
        checked = run.count;
        return requests[run.codes[run.count - 1]].is(last);
    }

    /** The array of a request. */
    INDArray array(int number, BytePointer block) {
        Request request = requests[number];
        DataBuffer buffer = buffers[number];
        if (buffer == null) {
            buffer = buffer(request, start(block) + offsets[number]);
            buffers[number] = buffer;
        }
        return Nd4j.create(buffer, request.shape());
    }

    /** An array at an address. */
    static INDArray array(Request request, long address) {
        return Nd4j.create(buffer(request, address), request.shape());
    }

    /** An array in memory of its own, of {@link #ownBytes} bytes, which lasts as long as the array. */
    static INDArray arrayIn(Request request, BytePointer memory) {
        Pointer aligned = memory.getPointer(BytePointer.class, start(memory) - memory.address());
        return Nd4j.create(buffer(request, aligned), request.shape());
    }

    /** Bytes of memory that is an array's own. */
    static long ownBytes(Request request) {
        return request.bytes() + ALIGNMENT;
    }

    private static DataBuffer buffer(Request request, long address) {
        return buffer(request, new Address(address));
    }

    private static DataBuffer buffer(Request request, Pointer place) {
        long length = Arrays.stream(request.shape()).reduce(1, (a, b) -> a * b);
        return request.type() == DataType.FLOAT
                ? Nd4j.createBuffer(new FloatPointer(place).capacity(length), length, DataType.FLOAT)
                : Nd4j.createBuffer(new DoublePointer(place).capacity(length), length, DataType.DOUBLE);
    }

    private static long start(BytePointer block) {
        return (block.address() + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }

    /** Whether an array lies in a block. */
    static boolean isIn(INDArray array, BytePointer block) {
        long address = array.data().pointer().address();
        return address >= block.address() && address < block.address() + block.capacity();
    }

    /** The block is about to be freed. */
    void forgetArrays() {
        Arrays.fill(buffers, null);
    }
}
