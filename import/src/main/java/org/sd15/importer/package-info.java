@NullMarked
package org.sd15.importer;

import org.jspecify.annotations.NullMarked;
