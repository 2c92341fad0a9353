/**
 * Programs on top of the library: the command line in {@code cli}, what it shows in {@code report}, runnable examples in
 * {@code quickstart}, and the embedded model.
 */
@NullMarked
package org.sd15.examples;

import org.jspecify.annotations.NullMarked;
