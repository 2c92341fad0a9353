/** The studio's page, in a real browser. */
@NullMarked
package org.sd15.server.page;

import org.jspecify.annotations.NullMarked;
