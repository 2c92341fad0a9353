/** What lives on an executor: its models, one of each kind in a JVM, and whether they fit there. Inside of this module only. */
@NullMarked
package org.sd15.spark.executor;

import org.jspecify.annotations.NullMarked;
