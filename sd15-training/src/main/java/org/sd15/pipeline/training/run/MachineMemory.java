package org.sd15.pipeline.training.run;

import java.lang.management.ManagementFactory;

/** The memory of this machine. */
final class MachineMemory {

    private MachineMemory() {}

    /** Bytes in all, or infinity where that is unknown. */
    static double bytes() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof com.sun.management.OperatingSystemMXBean machine
                ? machine.getTotalMemorySize()
                : Double.POSITIVE_INFINITY;
    }
}
