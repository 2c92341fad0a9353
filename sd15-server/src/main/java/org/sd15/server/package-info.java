/**
 * {@code ./sd15 serve}: a queue of jobs for one model, and three ways in over HTTP. {@link org.sd15.server.StudioServer} is the
 * door.
 */
@NullMarked
package org.sd15.server;

import org.jspecify.annotations.NullMarked;
