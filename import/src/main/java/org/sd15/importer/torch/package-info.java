/**
 * PyTorch's own files, {@code .bin}, {@code .ckpt} and {@code .pt}: the zip archives written since 1.6 and the plain
 * files before. Both carry a pickle, which is a program for a small stack machine. The machine here knows the opcodes
 * that torch writes and a list of constructors that do nothing but describe tensors; everything else is refused by name,
 * and nothing is ever executed.
 *
 * <p>It is written out here, although there are libraries for it: they keep their constructors in a table that the whole
 * process shares, call methods by reflection, and allocate what a file claims to need.
 */
@NullMarked
package org.sd15.importer.torch;

import org.jspecify.annotations.NullMarked;
