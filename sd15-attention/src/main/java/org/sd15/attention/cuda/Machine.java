package org.sd15.attention.cuda;

import java.util.List;
import java.util.Optional;

/** What the backend needs of a machine. */
interface Machine {

    /** Its operating system and processor as JavaCPP writes them, for instance {@code linux-x86_64}. */
    String platform();

    /** Whether a file is on the class path. */
    boolean ships(String resource);

    /**
     * Looks for a library where the system and the backend do.
     *
     * @return why it can't be loaded, in the system's words; empty if it can
     */
    Optional<String> problemOf(String library);

    /**
     * The cards that the driver knows; asked only where the driver's library can be loaded.
     *
     * @throws IllegalStateException if the driver refuses, with its number
     */
    List<CudaDevice> devices();
}
