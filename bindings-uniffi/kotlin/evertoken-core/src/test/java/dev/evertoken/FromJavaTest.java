package dev.evertoken;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.evertoken.adapter.Adapter;
import dev.evertoken.adapter.SentToken;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** A checked exception that a function does not declare cannot be caught in Java: this would not compile. */
class FromJavaTest {
    private static final String ELSEWHERE = "https://elsewhere.example.com/";
    private static final Api API = Api.url("https://api.example.com/v1");

    private static TokenSource source() {
        try {
            return new TokenSource(Providers.fixed("token-1", API));
        } catch (EvertokenException refused) {
            throw new AssertionError(refused);
        }
    }

    @Test
    @DisplayName("a provider that is refused is caught")
    void refusedProvider() {
        String code = null;
        try {
            new TokenSource(Providers.fixed("token-1", Api.url("no URL")));
        } catch (EvertokenException refused) {
            code = refused.getErrorClass();
        }
        assertEquals("configuration", code);
        code = null;
        try {
            new TokenSource(Providers.fixed("token-1", API), new UrlConnectionTransport(), options -> {
                options.setPatienceMillis(-1L);
                return kotlin.Unit.INSTANCE;
            });
        } catch (EvertokenException refused) {
            code = refused.getCode();
        }
        assertEquals(ErrorCodes.INVALID_OPTION, code);
    }

    @Test
    @DisplayName("a URL outside of the API is caught")
    void strangeUrl() throws InterruptedException {
        try (TokenSource source = source()) {
            String code = null;
            try {
                source.url(ELSEWHERE);
            } catch (EvertokenException refused) {
                code = refused.getCode();
            }
            assertEquals(ErrorCodes.ORIGIN_NOT_ALLOWED, code);
            code = null;
            try {
                source.contentType(ELSEWHERE);
            } catch (EvertokenException refused) {
                code = refused.getCode();
            }
            assertEquals(ErrorCodes.ORIGIN_NOT_ALLOWED, code);
            UrlConnectionClient client = new UrlConnectionClient(source);
            code = null;
            try {
                client.sendBlocking("GET", ELSEWHERE);
            } catch (EvertokenException refused) {
                code = refused.getCode();
            } catch (IOException unanswered) {
                throw new AssertionError(unanswered);
            }
            assertEquals(ErrorCodes.ORIGIN_NOT_ALLOWED, code);
            code = null;
            try {
                client.sendBlocking("POST", ELSEWHERE, Map.of(), new ByteArrayInputStream(new byte[0]));
            } catch (EvertokenException refused) {
                code = refused.getCode();
            } catch (IOException unanswered) {
                throw new AssertionError(unanswered);
            }
            assertEquals(ErrorCodes.ORIGIN_NOT_ALLOWED, code);
        }
    }

    @Test
    @DisplayName("whatever a source refuses is caught")
    void refusedCalls() throws EvertokenException, InterruptedException {
        TokenSource source = source();
        Adapter adapter = new Adapter(source);
        SentToken sent = adapter.tokenBlocking();
        assertEquals("Authorization", sent.getHeaderName());
        String code = null;
        try {
            adapter.recoverBlocking(sent, true, false, -1L);
        } catch (EvertokenException refused) {
            code = refused.getCode();
        }
        assertEquals(ErrorCodes.INVALID_OPTION, code);
        source.close();
        code = null;
        try {
            adapter.tokenBlocking();
        } catch (EvertokenException closed) {
            code = closed.getCode();
        }
        assertEquals(ErrorCodes.CLOSED, code);
    }

    @Test
    @DisplayName("whatever asks the core declares what it throws if the core broke off")
    void brokenCore() {
        List<String> asking =
            List.of("cachedHeaders", "invalidate", "retry", "credentialsChanged", "logout", "explain");
        for (String name : asking) {
            List<Method> functions = Arrays.stream(TokenSource.class.getMethods())
                .filter(function -> function.getName().equals(name))
                .collect(Collectors.toList());
            assertFalse(functions.isEmpty(), name);
            for (Method function : functions) {
                assertEquals(List.of(EvertokenException.class), List.of(function.getExceptionTypes()), name);
            }
        }
    }
}
