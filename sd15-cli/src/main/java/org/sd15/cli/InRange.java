package org.sd15.cli;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * The numbers that an option takes. Whatever the range, they are finite. {@link OptionChecks} looks at it before a
 * command begins.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.FIELD)
@interface InRange {

    /** The smallest number. */
    double from() default Double.NEGATIVE_INFINITY;

    /** The largest number. */
    double to() default Double.POSITIVE_INFINITY;

    /** Whether the smallest number itself is too small. */
    boolean above() default false;

    /** Whether the largest number itself is too large. */
    boolean below() default false;
}
