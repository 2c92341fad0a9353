/**
 * How this module meets the outside: files that are replaced as a whole or not at all, JSON that is read strictly, and
 * the one kind of error that says what is wrong with somebody's file.
 */
@NullMarked
package org.sd15.importer.io;

import org.jspecify.annotations.NullMarked;
