@NullMarked
package org.sd15.attention;

import org.jspecify.annotations.NullMarked;
