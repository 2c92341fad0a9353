package org.sd15.testing;

import java.util.function.Supplier;
import org.sd15.attention.machine.HostMemory;

/** Does things as they are done where arrays don't lie in the memory of the machine, as on a GPU. */
public final class OffHost {

    private OffHost() {}

    /** What a supplier gives when no address of an array is taken. It builds, or opens, all that it uses. */
    public static <T> T get(Supplier<T> supplier) {
        System.setProperty(HostMemory.PROPERTY, "false");
        try {
            return supplier.get();
        } finally {
            System.clearProperty(HostMemory.PROPERTY);
        }
    }
}
