package org.sd15.examples.benchmark;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.sd15.examples.cli.Sd15;

/** The whole benchmark, as in the README of this module. Goes on where it was, if it was stopped. */
@Tag("evaluate")
class LongEvaluationTest {

    @Test
    void anchoredEditsKeepMoreThanEveryPublishedMethod() throws Exception {
        Path out = Path.of("target", "evaluate");
        assertThat(Sd15.run("evaluate", "--output", out.toString())).isZero();
        JsonNode report =
                new ObjectMapper().readTree(out.resolve("evaluation.json").toFile());
        assertThat(report.get("cases").asInt()).isEqualTo(60);
        assertThat(report.get("methods")).hasSizeGreaterThanOrEqualTo(15);
        JsonNode anchored = method(report, "anchored");
        for (JsonNode other : report.get("methods")) {
            if (!other.get("combination").asBoolean()) {
                String name = other.get("name").asText();
                assertThat(anchored.get("psnr").asDouble())
                        .as(name)
                        .isGreaterThan(other.get("psnr").asDouble());
                assertThat(anchored.get("ssim").asDouble())
                        .as(name)
                        .isGreaterThan(other.get("ssim").asDouble());
                assertThat(anchored.get("mse").asDouble())
                        .as(name)
                        .isLessThan(other.get("mse").asDouble());
            }
        }
    }

    private static JsonNode method(JsonNode report, String name) {
        for (JsonNode method : report.get("methods")) {
            if (method.get("name").asText().equals(name)) {
                return method;
            }
        }
        throw new AssertionError("no method " + name);
    }
}
