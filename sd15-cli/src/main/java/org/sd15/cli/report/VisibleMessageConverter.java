package org.sd15.cli.report;

import ch.qos.logback.classic.pattern.MessageConverter;
import ch.qos.logback.classic.spi.ILoggingEvent;
import org.sd15.importer.io.VisibleText;

/** The message of a log entry, on one line that no terminal obeys; {@code logback.xml} names it. */
public final class VisibleMessageConverter extends MessageConverter {

    @Override
    public String convert(ILoggingEvent event) {
        return VisibleText.of(String.valueOf(super.convert(event)));
    }
}
