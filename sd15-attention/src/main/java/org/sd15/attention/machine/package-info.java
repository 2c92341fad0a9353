/**
 * The machine below the graphs: threads that work side by side ({@link org.sd15.attention.machine.Lanes}), pages of mapped
 * files ({@link org.sd15.attention.machine.MappedPages}), numbers of 16 bits ({@link
 * org.sd15.attention.machine.HalfPrecision}) and whether the backend's memory is the host's ({@link
 * org.sd15.attention.machine.HostMemory}). Nothing here knows what is computed.
 */
@NullMarked
package org.sd15.attention.machine;

import org.jspecify.annotations.NullMarked;
