package org.sd15.attention.fused.ops;

import java.lang.reflect.RecordComponent;
import java.util.Arrays;

/** Kernels as integers, the only form in which SameDiff copies them: which record, then its components. */
final class KernelCodec {

    private KernelCodec() {}

    static long[] encode(Kernel kernel) {
        RecordComponent[] components = kernel.getClass().getRecordComponents();
        long[] code = new long[components.length + 1];
        code[0] = Arrays.asList(Kernel.class.getPermittedSubclasses()).indexOf(kernel.getClass());
        try {
            for (int i = 0; i < components.length; i++) {
                code[i + 1] = number(components[i].getAccessor().invoke(kernel));
            }
        } catch (ReflectiveOperationException impossible) {
            throw new IllegalStateException(impossible);
        }
        return code;
    }

    static Kernel decode(long[] code) {
        Class<?> type = Kernel.class.getPermittedSubclasses()[Math.toIntExact(code[0])];
        RecordComponent[] components = type.getRecordComponents();
        Class<?>[] types =
                Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
        Object[] values = new Object[types.length];
        for (int i = 0; i < types.length; i++) {
            values[i] = value(types[i], code[i + 1]);
        }
        try {
            return (Kernel) type.getDeclaredConstructor(types).newInstance(values);
        } catch (ReflectiveOperationException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static long number(Object value) {
        if (value instanceof Boolean flag) {
            return flag ? 1 : 0;
        }
        return value instanceof Double real ? Double.doubleToRawLongBits(real) : (Long) value;
    }

    private static Object value(Class<?> type, long number) {
        if (type == boolean.class) {
            return number != 0;
        }
        return type == double.class ? (Object) Double.longBitsToDouble(number) : (Object) number;
    }
}
