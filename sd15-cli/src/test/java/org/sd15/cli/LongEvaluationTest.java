package org.sd15.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The whole benchmark, as in the README of this module. Goes on where it was, if it was stopped; with {@code
 * -Devaluate.output=FOLDER} on the results of a run of the command evaluate.
 */
@Tag("evaluate")
class LongEvaluationTest {

    @Test
    void theBestCombinationDoesMoreAndKeepsMoreThanEveryPublishedMethod() throws Exception {
        Path out = Path.of(System.getProperty("evaluate.output", "target/evaluate"));
        assertThat(Sd15.run("evaluate", "--output", out.toString())).isZero();
        JsonNode report =
                new ObjectMapper().readTree(out.resolve("evaluation.json").toFile());
        assertThat(report.get("cases").asInt()).isEqualTo(60);
        assertThat(report.get("methods")).hasSizeGreaterThanOrEqualTo(16);
        JsonNode best = method(report, "self-judged");
        assertThat(best.get("failures").asInt()).isZero();
        for (JsonNode other : report.get("methods")) {
            if (!other.get("combination").asBoolean()) {
                assertThat(other.get("judged").asInt()).isEqualTo(60);
                isAbove("successes", best, other);
                isAbove("psnr", best, other);
                isAbove("ssim", best, other);
                isAbove("mse", other, best);
            }
        }
    }

    private static void isAbove(String number, JsonNode more, JsonNode less) {
        assertThat(more.get(number).asDouble())
                .as("%s of %s and of %s", number, more.get("name"), less.get("name"))
                .isGreaterThan(less.get(number).asDouble());
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
