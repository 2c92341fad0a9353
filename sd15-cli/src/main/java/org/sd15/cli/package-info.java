/**
 * The command line. A subcommand is one class; it reads its options, calls the same API as any program would, and reports
 * what it did. Results go to the standard output, progress and errors to the standard error.
 */
@NullMarked
package org.sd15.cli;

import org.jspecify.annotations.NullMarked;
