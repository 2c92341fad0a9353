/**
 * The safetensors format, both ways. Reading checks every claim of the header before any of it is used, and maps the
 * file; writing gives the bytes that the Python library gives, or, for tensors that came from a file, that file's.
 *
 * @see <a href="https://github.com/huggingface/safetensors#format">the format</a>
 */
@NullMarked
package org.sd15.importer.safetensors;

import org.jspecify.annotations.NullMarked;
