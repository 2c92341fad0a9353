/** What can be known of a run on NVIDIA's cards: without one, from the library's file, and on one, from the CPU's numbers. */
@NullMarked
package org.sd15.examples.cuda;

import org.jspecify.annotations.NullMarked;
