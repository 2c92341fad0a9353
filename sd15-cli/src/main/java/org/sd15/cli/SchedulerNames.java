package org.sd15.cli;

import java.util.Iterator;
import org.sd15.pipeline.schedule.Schedulers;

/** What {@code --scheduler} can be, for the help and for shells that complete it. */
final class SchedulerNames implements Iterable<String> {

    @Override
    public Iterator<String> iterator() {
        return Schedulers.names().iterator();
    }
}
