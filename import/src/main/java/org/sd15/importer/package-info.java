/**
 * Models in and out: this is the module's front door.
 *
 * <p>{@link org.sd15.importer.ModelFolder} opens what diffusers saves, {@link org.sd15.importer.ldm.LdmCheckpoint} a
 * single-file checkpoint, {@link org.sd15.importer.TensorFiles} any one file. {@link
 * org.sd15.importer.CheckpointWeights} hands the tensors to a graph and says beforehand, in an {@link
 * org.sd15.importer.ImportReport}, whether they fit. {@link org.sd15.importer.Inspection} tells what a path holds.
 *
 * <p>Nothing that is read here is trusted. A file is checked before it is used, errors name the file and the tensor, and
 * nothing in a file is ever executed.
 */
@NullMarked
package org.sd15.importer;

import org.jspecify.annotations.NullMarked;
