@NullMarked
package org.sd15.examples;

import org.jspecify.annotations.NullMarked;
