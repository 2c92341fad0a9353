package org.sd15.importer.torch;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.importer.tensor.DType;
import org.sd15.importer.tensor.TensorSource;

/** Writes the pickle of a dict, and gathers the tensors in it: each becomes a storage of its own. */
final class PickleOutput {

    private static final int PROTOCOL = 2;

    private static final Map<DType, String> STORAGES = Map.of(
            DType.F64, "DoubleStorage",
            DType.F32, "FloatStorage",
            DType.F16, "HalfStorage",
            DType.BF16, "BFloat16Storage");

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final List<TensorSource> storages = new ArrayList<>();

    /** The tensors that were written, by number of their storage. */
    List<TensorSource> storages() {
        return storages;
    }

    byte[] pickle(Map<String, ?> dict) {
        out.write(Opcode.PROTO);
        out.write(PROTOCOL);
        value(dict);
        out.write(Opcode.STOP);
        return out.toByteArray();
    }

    private void value(Object value) {
        if (value instanceof Map<?, ?> dict) {
            out.write(Opcode.EMPTY_DICT);
            dict.forEach((key, item) -> {
                value(key);
                value(item);
                out.write(Opcode.SETITEM);
            });
        } else if (value instanceof String text) {
            text(text);
        } else if (value instanceof Integer number) {
            number(number);
        } else if (value instanceof INDArray array) {
            tensor(array);
        } else {
            throw new IllegalArgumentException("a pickle for %s is not written here".formatted(value.getClass()));
        }
    }

    private void text(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        out.write(Opcode.BINUNICODE);
        fourBytes(bytes.length);
        out.writeBytes(bytes);
    }

    private void number(int number) {
        out.write(Opcode.BININT);
        fourBytes(number);
    }

    private void number(long number) {
        out.write(Opcode.LONG1);
        out.write(Long.BYTES);
        out.writeBytes(ByteBuffer.allocate(Long.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(number)
                .array());
    }

    private void fourBytes(int number) {
        out.writeBytes(ByteBuffer.allocate(Integer.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(number)
                .array());
    }

    private void global(String module, String name) {
        out.write(Opcode.GLOBAL);
        out.writeBytes((module + "\n" + name + "\n").getBytes(StandardCharsets.US_ASCII));
    }

    /** {@code _rebuild_tensor_v2(storage, offset, size, stride, requires_grad, backward_hooks)}. */
    private void tensor(INDArray array) {
        DType dtype = DType.of(array.dataType())
                .filter(STORAGES::containsKey)
                .orElseThrow(() -> new IllegalArgumentException("no storage for " + array.dataType()));
        global("torch._utils", "_rebuild_tensor_v2");
        out.write(Opcode.MARK);
        storage(dtype, array.length());
        number(0);
        numbers(array.shape());
        numbers(strides(array.shape()));
        out.write(Opcode.NEWFALSE);
        global("collections", "OrderedDict");
        out.write(Opcode.EMPTY_TUPLE);
        out.write(Opcode.REDUCE);
        out.write(Opcode.TUPLE);
        out.write(Opcode.REDUCE);
        storages.add(TensorSource.of("storage", array, dtype));
    }

    /** {@code ("storage", class, key, device, length)}. */
    private void storage(DType dtype, long length) {
        out.write(Opcode.MARK);
        text("storage");
        global("torch", String.valueOf(STORAGES.get(dtype)));
        text(Integer.toString(storages.size()));
        text("cpu");
        number(length);
        out.write(Opcode.TUPLE);
        out.write(Opcode.BINPERSID);
    }

    private void numbers(long[] numbers) {
        out.write(Opcode.MARK);
        Arrays.stream(numbers).forEach(this::number);
        out.write(Opcode.TUPLE);
    }

    private static long[] strides(long[] shape) {
        long[] strides = new long[shape.length];
        long stride = 1;
        for (int i = shape.length - 1; i >= 0; i--) {
            strides[i] = stride;
            stride *= shape[i];
        }
        return strides;
    }
}
