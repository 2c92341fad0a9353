/**
 * oneDNN's primitives on the CPU, as programs: the primitives of one operation for one set of shapes, with where each of
 * their memories lies. A program is made once and run often.
 *
 * @see <a href="https://uxlfoundation.github.io/oneDNN/v3.11/">oneDNN 3.11</a>
 */
@NullMarked
package org.sd15.attention.fused.onednn;

import org.jspecify.annotations.NullMarked;
