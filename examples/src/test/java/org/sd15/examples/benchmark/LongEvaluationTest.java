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
    void theBestCombinationIsBetterThanEveryPublishedMethodInAllRespectsAtOnce() throws Exception {
        Path out = Path.of("target", "evaluate");
        assertThat(Sd15.run("evaluate", "--output", out.toString())).isZero();
        JsonNode report =
                new ObjectMapper().readTree(out.resolve("evaluation.json").toFile());
        assertThat(report.get("cases").asInt()).isEqualTo(60);
        assertThat(report.get("methods")).hasSizeGreaterThanOrEqualTo(15);
        assertThat(report.get("verdict").asText()).contains("is better than every published method");
    }
}
