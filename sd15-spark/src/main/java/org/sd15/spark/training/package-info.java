/**
 * Data-parallel training, as MLlib's optimisers do it: the weights that learn are broadcast, each task computes the gradients of
 * passes of the step, the driver adds them in their order. The door is {@link org.sd15.spark.training.ClusterGradients}.
 */
@NullMarked
package org.sd15.spark.training;

import org.jspecify.annotations.NullMarked;
