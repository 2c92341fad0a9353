/** Jobs: their fields, how each kind is done, the queue that they wait in, and the folder that keeps them. Inside of this module only. */
@NullMarked
package org.sd15.server.job;

import org.jspecify.annotations.NullMarked;
