/**
 * Stages of Spark ML that draw and edit pictures on a cluster: each row of a table is a run of its own. The door is {@link
 * org.sd15.spark.PictureGenerator}, beside it {@link org.sd15.spark.PictureEditor} and {@link org.sd15.spark.HeatMapper}.
 */
@NullMarked
package org.sd15.spark;

import org.jspecify.annotations.NullMarked;
