/**
 * The ways to edit a given picture that the benchmark compares, each a few lines over the pipelines. A method sees the
 * picture and the prompts, never the true mask.
 */
@NullMarked
package org.sd15.benchmark.method;

import org.jspecify.annotations.NullMarked;
