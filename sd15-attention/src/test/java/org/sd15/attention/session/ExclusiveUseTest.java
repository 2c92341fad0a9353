package org.sd15.attention.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.sd15.testing.Elsewhere;

class ExclusiveUseTest {

    private final ExclusiveUse access = new ExclusiveUse("the thing");

    @Test
    void aSecondThreadIsToldWhoIsInsideAndWhatToDo() throws Exception {
        Elsewhere.during(access, () -> {
            assertThatThrownBy(() -> access.call(() -> 1))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContainingAll(
                            "the thing", Elsewhere.NAME, Thread.currentThread().getName(), "share()");
            assertThatThrownBy(() -> access.run(() -> {})).hasMessageContaining("in use by thread");
            assertThatThrownBy(() -> access.hold(() -> {})).hasMessageContaining("in use by thread");
        });
        assertThat(access.call(() -> 1)).isEqualTo(1);
    }

    @Test
    void theThreadThatIsInsideMayEnterAgain() throws Exception {
        assertThat(access.call(() -> access.call(() -> 2))).isEqualTo(2);
        Elsewhere.now(() -> assertThat(access.call(() -> 3)).isEqualTo(3));
    }

    @Test
    void whoFailsIsOutAgain() throws Exception {
        assertThatThrownBy(() -> access.run(() -> {
                    throw new ArithmeticException("failed");
                }))
                .isInstanceOf(ArithmeticException.class);
        Elsewhere.now(() -> assertThat(access.call(() -> 4)).isEqualTo(4));
    }

    @Test
    void itIsNotClosedWhileSomebodyIsInside() throws Exception {
        AtomicInteger freed = new AtomicInteger();
        Elsewhere.during(
                access,
                () -> assertThatThrownBy(() -> access.close(freed::incrementAndGet))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("in use by thread"));
        assertThat(freed).hasValue(0);
        assertThat(access.close(freed::incrementAndGet)).isTrue();
        assertThat(freed).hasValue(1);
    }

    @Test
    void itIsClosedOnceAndForAllThreads() throws Exception {
        AtomicInteger freed = new AtomicInteger();
        access.close(freed::incrementAndGet);
        assertThat(access.close(freed::incrementAndGet)).isFalse();
        assertThat(freed).hasValue(1);
        Elsewhere.now(() -> assertThatThrownBy(() -> access.call(() -> 5))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("the thing is closed"));
        access.hold(freed::incrementAndGet);
        assertThat(freed).hasValue(2);
    }

    @Test
    void whatCouldNotBeFreedIsNotClosed() {
        assertThatThrownBy(() -> access.close(() -> {
                    throw new ArithmeticException("busy");
                }))
                .isInstanceOf(ArithmeticException.class);
        assertThat(access.call(() -> 6)).isEqualTo(6);
    }
}
