/**
 * What is trained on: a folder of captioned pictures, brought to size, encoded once and cached on disk, and dealt into
 * batches whose every draw comes from one seed.
 */
@NullMarked
package org.sd15.pipeline.training.data;

import org.jspecify.annotations.NullMarked;
