package org.sd15.examples.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class StopSignalTest {

    @Test
    void whoAsksTheProcessToEndWaitsUntilWhatWasDoneIsKept() throws Exception {
        StopSignal signal = new StopSignal(Duration.ofMinutes(5));
        assertThat(signal.isGiven()).isFalse();
        AtomicBoolean ended = new AtomicBoolean();
        Thread asking = new Thread(() -> {
            signal.hold();
            ended.set(true);
        });
        asking.start();
        while (!signal.isGiven()) {
            Thread.onSpinWait();
        }
        assertThat(ended).isFalse();
        signal.close();
        asking.join(10_000);
        assertThat(ended).isTrue();
    }

    @Test
    void theEndOfTheTimeIsASignalToo() {
        try (StopSignal signal = new StopSignal(Duration.ZERO)) {
            assertThat(signal.isGiven()).isTrue();
        }
    }
}
