/**
 * What is trained on: a folder of captioned pictures, resized, encoded once and cached on disk, and shuffled into batches
 * whose every draw comes from one seed.
 */
@NullMarked
package org.sd15.pipeline.training.data;

import org.jspecify.annotations.NullMarked;
