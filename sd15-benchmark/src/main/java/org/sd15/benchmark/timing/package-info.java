/** Measurements of whole components: what runs, how long each run took, how much memory the process had at most. */
@NullMarked
package org.sd15.benchmark.timing;

import org.jspecify.annotations.NullMarked;
