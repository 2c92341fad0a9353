/**
 * The configuration files of a model. Every key of a file must be understood: one whose value this project does not
 * implement is refused by name, never passed over, so that a model either runs as it was meant to or not at all.
 */
@NullMarked
package org.sd15.importer.config;

import org.jspecify.annotations.NullMarked;
