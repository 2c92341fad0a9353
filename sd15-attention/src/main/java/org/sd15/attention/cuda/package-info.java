/**
 * Whether ND4J's CUDA backend can run on a machine, asked before ND4J is: the driver, the cards and what they can compute, and
 * NVIDIA's libraries. {@link org.sd15.attention.cuda.CudaBackend} is the door.
 */
@NullMarked
package org.sd15.attention.cuda;

import org.jspecify.annotations.NullMarked;
