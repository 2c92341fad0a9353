package org.sd15.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.sd15.server.job.Limits;

/** Who is let in: requests for this host, from pages of this origin, with the token. */
class GuardTest {

    private static final String TOKEN = "a-token";

    @TempDir
    static Path history;

    private static TestServer server;

    @BeforeAll
    static void start() throws Exception {
        server = TestServer.start(history, TOKEN, Limits.DEFAULT);
    }

    @AfterAll
    static void stop() throws Exception {
        server.close();
    }

    private static int status(String line, String... headers) throws IOException {
        String[] lines = new String[headers.length + 1];
        lines[0] = line + " HTTP/1.1";
        for (int i = 0; i < headers.length; i++) {
            lines[i + 1] =
                    headers[i].replace("PORT", Integer.toString(server.server().port()));
        }
        return RawHttp.status(server.server().port(), lines);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"/api/jobs", "/api/model", "/api/events", "/sdapi/v1/progress", "/sdapi/v1/options", "/v1/models"
            })
    void withoutTheTokenNothingIsAnswered(String path) throws Exception {
        HttpResponse<String> answer = server.get(path);
        assertThat(answer.statusCode()).isEqualTo(401);
        assertThat(answer.headers().firstValue("WWW-Authenticate")).contains("Bearer");
    }

    @Test
    void aRequestThatChangesSomethingNeedsTheTokenInAHeader() throws Exception {
        assertThat(server.post("/api/jobs", "{}").statusCode()).isEqualTo(401);
        assertThat(server.post("/api/jobs?token=" + TOKEN, "{}").statusCode()).isEqualTo(401);
        assertThat(server.send(server.request("/api/jobs")
                                .header("Content-Type", "application/json")
                                .header("Authorization", "Bearer " + TOKEN)
                                .POST(BodyPublishers.ofString("{}")))
                        .statusCode())
                .isEqualTo(422);
    }

    @Test
    void theTokenIsReadWhereClientsHaveIt() throws Exception {
        String pair = Base64.getEncoder().encodeToString(("anybody:" + TOKEN).getBytes(StandardCharsets.UTF_8));
        assertThat(server.get("/api/model?token=" + TOKEN).statusCode()).isEqualTo(200);
        assertThat(status("GET /api/model", "Host: 127.0.0.1:PORT", "Authorization: Bearer " + TOKEN))
                .isEqualTo(200);
        assertThat(status("GET /sdapi/v1/progress", "Host: 127.0.0.1:PORT", "Authorization: Basic " + pair))
                .isEqualTo(200);
        assertThat(status("GET /api/model", "Host: 127.0.0.1:PORT", "Authorization: Bearer a-toke"))
                .isEqualTo(401);
        assertThat(status("GET /api/model", "Host: 127.0.0.1:PORT", "Authorization: Basic !"))
                .isEqualTo(401);
    }

    @Test
    void thePageAndTheDocumentAreForAll() throws Exception {
        assertThat(server.get("/").statusCode()).isEqualTo(200);
        assertThat(server.get("/openapi.json").statusCode()).isEqualTo(200);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            Host: 127.0.0.1:PORT              | 200
            Host: localhost:PORT              | 200
            Host: [::1]:PORT                  | 200
            Host: LOCALHOST:PORT              | 200
            Host: 192.168.1.7:PORT            | 200
            Host: rebound.example:PORT        | 403
            Host: rebound.example             | 403
            Host: 127.0.0.1.rebound.example   | 403
            Host: localhost.rebound.example:PORT | 403
            X-None: x                         | 403
            """)
    void aForeignNameIsNotTaken(String host, int expected) throws Exception {
        assertThat(status("GET /api/model", host, "Authorization: Bearer " + TOKEN))
                .isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            Origin: http://127.0.0.1:PORT         | 200
            Origin: http://127.0.0.1:1            | 403
            Origin: http://rebound.example:PORT   | 403
            Origin: null                          | 403
            Origin: not an address                | 403
            Sec-Fetch-Site: same-origin           | 200
            Sec-Fetch-Site: cross-site            | 403
            """)
    void aPageOfAnotherOriginMayNotAsk(String header, int expected) throws Exception {
        assertThat(status("GET /api/model", "Host: 127.0.0.1:PORT", header, "Authorization: Bearer " + TOKEN))
                .isEqualTo(expected);
    }

    @Test
    void everyAnswerForbidsWhatThePageDoesNotNeed() throws Exception {
        for (String path : new String[] {"/", "/openapi.json", "/api/model", "/none"}) {
            var headers = server.get(path).headers();
            assertThat(headers.firstValue("Content-Security-Policy").orElse(""))
                    .as(path)
                    .startsWith("default-src 'none'; script-src 'self';")
                    .doesNotContain("unsafe");
            assertThat(headers.firstValue("X-Content-Type-Options")).contains("nosniff");
            assertThat(headers.firstValue("Set-Cookie")).isEmpty();
            assertThat(headers.firstValue("Access-Control-Allow-Origin")).isEmpty();
        }
    }

    @Test
    void aServerForOthersHasAToken() {
        assertThatThrownBy(() -> new ServerOptions("0.0.0.0", 0, null, history, Limits.DEFAULT))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("give it a token");
        assertThatThrownBy(() -> new ServerOptions("127.0.0.1", 0, " ", history, Limits.DEFAULT))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("the token is blank");
    }

    @Test
    void aPortThatIsTakenIsNamed(@TempDir Path other) {
        ServerOptions options = new ServerOptions("127.0.0.1", server.server().port(), null, other, Limits.DEFAULT);
        assertThatThrownBy(() -> StudioServer.start(options, TestServer.shelf()))
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith("127.0.0.1:%d can't be listened at"
                        .formatted(server.server().port()));
    }
}
