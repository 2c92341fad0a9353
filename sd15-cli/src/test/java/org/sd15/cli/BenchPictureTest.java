package org.sd15.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A whole picture with a watch, by the model that is part of the program. */
class BenchPictureTest {

    @Test
    void benchTellsThePartsOfAWholePicture() throws Exception {
        Cli cli = Cli.run("bench", "picture", "--size", "8", "--steps", "2", "--json");
        assertThat(cli.exit()).as(cli.err()).isZero();
        JsonNode root =
                new ObjectMapper().readTree(cli.out().substring(cli.out().lastIndexOf("{\"what\"")));
        double parts = 0;
        for (String part : List.of("load_seconds", "text_seconds", "decode_seconds")) {
            parts += root.get(part).asDouble();
        }
        for (JsonNode step : root.get("step_seconds")) {
            parts += step.asDouble();
        }
        assertThat(root.get("step_seconds").size()).isGreaterThanOrEqualTo(2);
        assertThat(root.get("total_seconds").asDouble()).isCloseTo(parts, within(1e-6));
        Cli words = Cli.run("bench", "picture", "--size", "8", "--steps", "2");
        assertThat(words.out()).contains("load", "text", " steps ", "decoding", "peak resident");
        Cli refused = Cli.run("bench", "picture", "--synthetic");
        assertThat(refused.exit()).isEqualTo(1);
        assertThat(refused.err()).contains("bench picture is of a model's files");
    }
}
