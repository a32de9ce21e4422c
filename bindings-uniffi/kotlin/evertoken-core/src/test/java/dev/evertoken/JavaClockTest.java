package dev.evertoken;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class JavaClockTest {
    private final AtomicLong passed = new AtomicLong();

    private final Clock clock = new Clock() {
        @Override
        public long monoMillis() {
            return passed.get();
        }

        @Override
        public long wallMillis() {
            return 1_800_000_000_000L + passed.get();
        }
    };

    @Test
    @DisplayName("a clock of two functions has the random numbers and the timers of the system")
    void twoFunctions() throws Exception {
        Tokens tokens = new Tokens(3600);
        TokenSourceOptions options = new TokenSourceOptions();
        options.setClock(clock);
        try (TokenSource source = new TokenSource(TokensKt.getBROKER(), tokens, options)) {
            assertEquals("token-1", source.tokenBlocking());
            passed.addAndGet(3_600_000);
            assertEquals("token-2", source.tokenBlocking());
        }
        CompletableFuture<Void> ran = new CompletableFuture<>();
        clock.schedule(0, false, () -> ran.complete(null));
        ran.get(30, TimeUnit.SECONDS);
    }
}
