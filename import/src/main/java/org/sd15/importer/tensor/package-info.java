/**
 * Tensors as files hold them: named, typed, little-endian, in C order. {@link org.sd15.importer.tensor.TensorFile} is
 * the one view that the rest of the module has of a checkpoint, whatever its format; conversions between number formats
 * live here and nowhere else.
 */
@NullMarked
package org.sd15.importer.tensor;

import org.jspecify.annotations.NullMarked;
