/** What can be said of a benchmark's numbers: how far they reach, and whether two methods differ. */
@NullMarked
package org.sd15.benchmark.statistics;

import org.jspecify.annotations.NullMarked;
