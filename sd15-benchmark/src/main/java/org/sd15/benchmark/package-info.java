/**
 * The editing benchmark: pictures of drawn scenes are edited, and since every mask and colour is known, two questions have
 * answers in numbers. Was the object changed as asked? Was everything else kept?
 */
@NullMarked
package org.sd15.benchmark;

import org.jspecify.annotations.NullMarked;
