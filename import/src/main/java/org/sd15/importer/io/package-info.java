/**
 * How this module meets the outside: files, and folders of several, that are replaced as a whole or not at all, folders
 * that belong to one process at a time, JSON that is read strictly, and the one kind of error that says what is wrong
 * with a user's file.
 */
@NullMarked
package org.sd15.importer.io;

import org.jspecify.annotations.NullMarked;
