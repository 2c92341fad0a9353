package org.sd15.importer.torch;

import java.io.IOException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.sd15.importer.io.Shown;
import org.sd15.importer.torch.PickleValue.Dict;
import org.sd15.importer.torch.PickleValue.Global;
import org.sd15.importer.torch.PickleValue.Opaque;
import org.sd15.importer.torch.PickleValue.Singleton;
import org.sd15.importer.torch.PickleValue.Storage;
import org.sd15.importer.torch.PickleValue.Tensor;
import org.sd15.importer.torch.PickleValue.Tuple;

/**
 * The stack machine of pickle, protocols 2 to 5, without the opcodes that torch does not write.
 */
final class Unpickler {

    /** Bounds the memory that a pickle of one-byte opcodes can take. A tensor needs some thirty. */
    static final int MOST_STEPS = 500_000;

    private static final int HIGHEST_PROTOCOL = 5;

    private final PickleInput in;
    private final PickleStack stack;
    private final Map<Long, Object> memo = new HashMap<>();
    private final Map<String, Storage> storages = new LinkedHashMap<>();

    Unpickler(PickleInput in) {
        this.in = in;
        this.stack = new PickleStack(in);
    }

    /** Runs one pickle from its first opcode to its STOP. */
    Object load() throws IOException {
        for (int steps = 0; steps < MOST_STEPS; steps++) {
            int opcode = in.unsignedByte();
            if (opcode == Opcode.STOP) {
                return stack.pop();
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
            case Opcode.NONE -> stack.push(Singleton.NONE);
            case Opcode.NEWTRUE -> stack.push(true);
            case Opcode.NEWFALSE -> stack.push(false);
            case Opcode.BININT -> stack.push((long) in.signedInt());
            case Opcode.BININT1 -> stack.push((long) in.unsignedByte());
            case Opcode.BININT2 -> stack.push((long) in.unsignedShort());
            case Opcode.LONG1 -> stack.push(integer(in.bytes(in.unsignedByte())));
            case Opcode.BINFLOAT -> stack.push(in.bigEndianDouble());
            case Opcode.BINUNICODE -> stack.push(in.text(in.unsignedInt()));
            case Opcode.SHORT_BINUNICODE -> stack.push(in.text(in.unsignedByte()));
            case Opcode.BINUNICODE8 -> stack.push(in.text(in.signedLong()));
            // Text of Python 2: the names in checkpoints are ASCII.
            case Opcode.SHORT_BINSTRING -> stack.push(in.text(in.unsignedByte()));
            case Opcode.BINSTRING -> stack.push(in.text(in.unsignedInt()));
            case Opcode.BINBYTES -> stack.push(in.bytes(in.unsignedInt()));
            case Opcode.SHORT_BINBYTES -> stack.push(in.bytes(in.unsignedByte()));
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
            case Opcode.MARK -> stack.push(Singleton.MARK);
            case Opcode.EMPTY_TUPLE -> stack.push(new Tuple(List.of()));
            case Opcode.TUPLE1 -> stack.push(new Tuple(stack.pop(1)));
            case Opcode.TUPLE2 -> stack.push(new Tuple(stack.pop(2)));
            case Opcode.TUPLE3 -> stack.push(new Tuple(stack.pop(3)));
            case Opcode.TUPLE -> stack.push(new Tuple(stack.popToMark()));
            case Opcode.EMPTY_LIST, Opcode.EMPTY_SET -> stack.push(new ArrayList<>());
            case Opcode.LIST, Opcode.FROZENSET -> stack.push(stack.popToMark());
            case Opcode.APPEND -> append(stack.pop(1));
            case Opcode.APPENDS, Opcode.ADDITEMS -> append(stack.popToMark());
            case Opcode.EMPTY_DICT -> stack.push(new Dict());
            case Opcode.DICT -> stack.push(setItems(new Dict(), stack.popToMark()));
            case Opcode.SETITEM -> setItems(stack.pop(2));
            case Opcode.SETITEMS -> setItems(stack.popToMark());
            case Opcode.POP -> stack.pop();
            case Opcode.POP_MARK -> stack.popToMark();
            case Opcode.DUP -> stack.push(stack.top());
            default -> {
                return false;
            }
        }
        return true;
    }

    private void append(List<Object> items) {
        if (stack.top() instanceof List<?>) {
            @SuppressWarnings("unchecked") // every list on the stack was made here
            List<Object> list = (List<Object>) stack.top();
            list.addAll(items);
        } else if (!(stack.top() instanceof Opaque)) {
            throw in.problem("appends to something that is not a list");
        }
    }

    private void setItems(List<Object> items) {
        if (stack.top() instanceof Dict dict) {
            setItems(dict, items);
        } else if (!(stack.top() instanceof Opaque)) {
            throw in.problem("sets an item of something that is not a dict");
        }
    }

    private Dict setItems(Dict dict, List<Object> items) {
        if (items.size() % 2 != 0) {
            throw in.problem("has a dict key without a value");
        }
        for (int i = 0; i < items.size(); i += 2) {
            dict.put(items.get(i), items.get(i + 1));
        }
        return dict;
    }

    private boolean memory(int opcode) throws IOException {
        switch (opcode) {
            case Opcode.BINPUT -> memo.put((long) in.unsignedByte(), stack.top());
            case Opcode.LONG_BINPUT -> memo.put(in.unsignedInt(), stack.top());
            case Opcode.MEMOIZE -> memo.put((long) memo.size(), stack.top());
            case Opcode.BINGET -> stack.push(remembered(in.unsignedByte()));
            case Opcode.LONG_BINGET -> stack.push(remembered(in.unsignedInt()));
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
            case Opcode.PROTO -> checkProtocol(in.unsignedByte());
            case Opcode.FRAME -> in.signedLong();
            case Opcode.GLOBAL -> stack.push(new Global(in.line(), in.line()));
            case Opcode.STACK_GLOBAL -> stack.push(stackGlobal(stack.pop(2)));
            case Opcode.BINPERSID -> stack.push(outside(stack.pop()));
            case Opcode.REDUCE, Opcode.NEWOBJ -> stack.push(construct(stack.pop(2)));
            case Opcode.BUILD -> setAttributes(stack.pop());
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
            in.checkName(module);
            in.checkName(name);
            return new Global(module, name);
        }
        throw in.problem("names a class by something that is not text");
    }

    /** A storage, or before PyTorch 1.6 the class of a module with its source, of which the name is taken. */
    private Object outside(Object reference) {
        boolean module = reference instanceof Tuple parts && parts.size() == 4 && "module".equals(parts.get(0));
        return module && ((Tuple) reference).get(1) instanceof Global type ? type : storage(reference);
    }

    private Storage storage(Object reference) {
        Storage storage = Constructors.storage(reference, in);
        Storage before = storages.putIfAbsent(storage.key(), storage);
        if (before != null && !before.equals(storage)) {
            throw in.problem("describes storage %s in two ways".formatted(Shown.of(storage.key())));
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
    private void setAttributes(Object state) {
        if (!(stack.top() instanceof Dict || stack.top() instanceof Opaque || stack.top() instanceof Tensor)) {
            throw in.problem("sets attributes of something that has none");
        }
        if (stack.top() instanceof Dict dict) {
            dict.setState(state);
        }
    }
}
