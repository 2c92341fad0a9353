/** Shared by the tests of all modules. */
@NullMarked
package org.sd15.testing;

import org.jspecify.annotations.NullMarked;
