package org.sd15.cli.report;

import ch.qos.logback.classic.pattern.ThrowableProxyConverter;
import ch.qos.logback.classic.spi.ILoggingEvent;
import org.sd15.importer.io.VisibleText;

/** The stack trace of a log entry, whose messages no terminal obeys; {@code logback.xml} names it. */
public final class VisibleTraceConverter extends ThrowableProxyConverter {

    @Override
    public String convert(ILoggingEvent event) {
        return VisibleText.lines(super.convert(event));
    }
}
