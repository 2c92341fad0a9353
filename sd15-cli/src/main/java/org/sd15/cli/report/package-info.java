/** What the command line shows: heat maps over pictures, strips of steps, one page for an edit. */
@NullMarked
package org.sd15.cli.report;

import org.jspecify.annotations.NullMarked;
