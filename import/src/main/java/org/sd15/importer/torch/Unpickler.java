package org.sd15.importer.torch;

import java.io.IOException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.sd15.importer.torch.PickleValue.Dict;
import org.sd15.importer.torch.PickleValue.Global;
import org.sd15.importer.torch.PickleValue.Opaque;
import org.sd15.importer.torch.PickleValue.Singleton;
import org.sd15.importer.torch.PickleValue.Storage;
import org.sd15.importer.torch.PickleValue.Tensor;
import org.sd15.importer.torch.PickleValue.Tuple;

/**
 * The stack machine of pickle, protocols 2 to 5, without the opcodes that torch does not write.
 *
 * @see <a href="https://github.com/python/cpython/blob/3.11/Lib/pickletools.py">CPython, pickletools.py</a>, which
 *     describes every opcode
 */
final class Unpickler {

    /** Bounds the memory that a pickle of one-byte opcodes can take. */
    private static final int MOST_STEPS = 4_000_000;

    private static final int HIGHEST_PROTOCOL = 5;

    private final PickleInput in;
    private final List<Object> stack = new ArrayList<>();
    private final Map<Long, Object> memo = new HashMap<>();
    private final Map<String, Storage> storages = new LinkedHashMap<>();

    Unpickler(PickleInput in) {
        this.in = in;
    }

    /** Runs one pickle from its first opcode to its STOP. */
    Object load() throws IOException {
        for (int steps = 0; steps < MOST_STEPS; steps++) {
            int opcode = in.unsignedByte();
            if (opcode == '.') {
                return pop();
            }
            if (!constant(opcode) && !container(opcode) && !memory(opcode) && !object(opcode)) {
                throw in.problem("uses opcode 0x%02x, which PyTorch's files have no use for".formatted(opcode));
            }
        }
        throw in.problem("has more than %,d steps".formatted(MOST_STEPS));
    }

    /** The storages that the pickle referred to, by key. */
    Map<String, Storage> storages() {
        return storages;
    }

    private boolean constant(int opcode) throws IOException {
        switch (opcode) {
            case 'N' -> push(Singleton.NONE);
            case 0x88 -> push(true);
            case 0x89 -> push(false);
            case 'J' -> push((long) in.signedInt());
            case 'K' -> push((long) in.unsignedByte());
            case 'M' -> push((long) in.unsignedShort());
            case 0x8a -> push(integer(in.bytes(in.unsignedByte())));
            case 'G' -> push(in.bigEndianDouble());
            case 'X' -> push(in.text(in.unsignedInt()));
            case 0x8c -> push(in.text(in.unsignedByte()));
            case 0x8d -> push(in.text(in.signedLong()));
            // Text of Python 2: the names in checkpoints are ASCII.
            case 'U' -> push(in.text(in.unsignedByte()));
            case 'T' -> push(in.text(in.unsignedInt()));
            case 'B' -> push(in.bytes(in.unsignedInt()));
            case 'C' -> push(in.bytes(in.unsignedByte()));
            default -> {
                return false;
            }
        }
        return true;
    }

    private static Number integer(byte[] littleEndian) {
        byte[] bigEndian = new byte[littleEndian.length + 1];
        for (int i = 0; i < littleEndian.length; i++) {
            bigEndian[littleEndian.length - i] = littleEndian[i];
        }
        boolean negative = littleEndian.length > 0 && littleEndian[littleEndian.length - 1] < 0;
        bigEndian[0] = (byte) (negative ? -1 : 0);
        BigInteger value = new BigInteger(bigEndian);
        return value.bitLength() < Long.SIZE ? (Number) value.longValue() : value;
    }

    private boolean container(int opcode) {
        switch (opcode) {
            case '(' -> push(Singleton.MARK);
            case ')' -> push(new Tuple(List.of()));
            case 0x85 -> push(new Tuple(popLast(1)));
            case 0x86 -> push(new Tuple(popLast(2)));
            case 0x87 -> push(new Tuple(popLast(3)));
            case 't' -> push(new Tuple(popToMark()));
            case ']', 0x8f -> push(new ArrayList<>());
            case 'l', 0x91 -> push(popToMark());
            case 'a' -> append(popLast(1));
            case 'e', 0x90 -> append(popToMark());
            case '}' -> push(new Dict());
            case 'd' -> setItems(new Dict(), popToMark(), true);
            case 's' -> setItems(popLast(2));
            case 'u' -> setItems(popToMark());
            case '0' -> pop();
            case '1' -> popToMark();
            case '2' -> push(top());
            default -> {
                return false;
            }
        }
        return true;
    }

    private void append(List<Object> items) {
        if (top() instanceof List<?>) {
            @SuppressWarnings("unchecked") // every list on the stack was made here
            List<Object> list = (List<Object>) top();
            list.addAll(items);
        } else if (!(top() instanceof Opaque)) {
            throw in.problem("appends to something that is not a list");
        }
    }

    private void setItems(List<Object> items) {
        if (top() instanceof Dict dict) {
            setItems(dict, items, false);
        } else if (!(top() instanceof Opaque)) {
            throw in.problem("sets an item of something that is not a dict");
        }
    }

    private void setItems(Dict dict, List<Object> items, boolean thenPush) {
        if (items.size() % 2 != 0) {
            throw in.problem("has a dict key without a value");
        }
        for (int i = 0; i < items.size(); i += 2) {
            dict.put(items.get(i), items.get(i + 1));
        }
        if (thenPush) {
            push(dict);
        }
    }

    private boolean memory(int opcode) throws IOException {
        switch (opcode) {
            case 'q' -> memo.put((long) in.unsignedByte(), top());
            case 'r' -> memo.put(in.unsignedInt(), top());
            case 0x94 -> memo.put((long) memo.size(), top());
            case 'h' -> push(remembered(in.unsignedByte()));
            case 'j' -> push(remembered(in.unsignedInt()));
            default -> {
                return false;
            }
        }
        return true;
    }

    private Object remembered(long index) {
        Object value = memo.get(index);
        if (value == null) {
            throw in.problem("refers to memo %d, which it has not set".formatted(index));
        }
        return value;
    }

    private boolean object(int opcode) throws IOException {
        switch (opcode) {
            case 0x80 -> checkProtocol(in.unsignedByte());
            case 0x95 -> in.signedLong();
            case 'c' -> push(new Global(in.line(), in.line()));
            case 0x93 -> push(stackGlobal(popLast(2)));
            case 'Q' -> push(storage(pop()));
            case 'R', 0x81 -> push(construct(popLast(2)));
            case 'b' -> setAttributes(pop());
            default -> {
                return false;
            }
        }
        return true;
    }

    private void checkProtocol(int protocol) {
        if (protocol < 2 || protocol > HIGHEST_PROTOCOL) {
            throw in.problem("is of protocol %d, must be from 2 to %d".formatted(protocol, HIGHEST_PROTOCOL));
        }
    }

    private Global stackGlobal(List<Object> names) {
        if (names.get(0) instanceof String module && names.get(1) instanceof String name) {
            return new Global(module, name);
        }
        throw in.problem("names a class by something that is not text");
    }

    private Storage storage(Object reference) {
        Storage storage = Constructors.storage(reference, in);
        Storage before = storages.putIfAbsent(storage.key(), storage);
        if (before != null && !before.equals(storage)) {
            throw in.problem("describes storage %s in two ways".formatted(storage.key()));
        }
        return storage;
    }

    private Object construct(List<Object> call) {
        if (call.get(0) instanceof Global constructor && call.get(1) instanceof Tuple arguments) {
            return Constructors.construct(constructor, arguments, in);
        }
        throw in.problem("calls something that has no name");
    }

    /** Attributes of an object, such as the {@code _metadata} of a state dict. Nothing here has a use for them. */
    private void setAttributes(Object ignored) {
        if (!(top() instanceof Dict || top() instanceof Opaque || top() instanceof Tensor)) {
            throw in.problem("sets attributes of something that has none");
        }
    }

    private void push(Object value) {
        stack.add(value);
    }

    private Object top() {
        if (stack.isEmpty()) {
            throw in.problem("takes from an empty stack");
        }
        return stack.get(stack.size() - 1);
    }

    private Object pop() {
        Object top = top();
        stack.remove(stack.size() - 1);
        return top;
    }

    private List<Object> popLast(int count) {
        int begin = stack.size() - count;
        if (begin < 0) {
            throw in.problem("takes from an empty stack");
        }
        List<Object> last = stack.subList(begin, stack.size());
        List<Object> items = new ArrayList<>(last);
        last.clear();
        return items;
    }

    private List<Object> popToMark() {
        for (int i = stack.size() - 1; i >= 0; i--) {
            if (stack.get(i) == Singleton.MARK) {
                List<Object> items = popLast(stack.size() - 1 - i);
                pop();
                return items;
            }
        }
        throw in.problem("closes a bracket that was not opened");
    }
}
