@NullMarked
package org.sd15.pipeline;

import org.jspecify.annotations.NullMarked;
