/**
 * HTTP as the studio needs it: routes, guarded requests with bounded bodies, server-sent events, resources of the page. Built on
 * the JDK's own server, which needs no library. Inside of this module only.
 */
@NullMarked
package org.sd15.server.http;

import org.jspecify.annotations.NullMarked;
