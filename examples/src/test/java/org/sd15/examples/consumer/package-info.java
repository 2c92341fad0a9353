/** The published artifacts as others meet them: jars, poms, and a project that depends on them. */
@NullMarked
package org.sd15.examples.consumer;

import org.jspecify.annotations.NullMarked;
