/** What is done with a row: its cells and settings are read, its run is done, and what comes of it becomes cells. Inside of this module only. */
@NullMarked
package org.sd15.spark.row;

import org.jspecify.annotations.NullMarked;
