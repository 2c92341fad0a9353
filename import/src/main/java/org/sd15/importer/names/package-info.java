/**
 * Names of tensors. This project uses diffusers' names; here are the only tables that translate others into them, and
 * each is a list of known modules.
 */
@NullMarked
package org.sd15.importer.names;

import org.jspecify.annotations.NullMarked;
