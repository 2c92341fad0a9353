package org.sd15.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The benchmark as a script uses it. */
class EvaluateCommandTest {

    @TempDir
    private Path folder;

    private Cli evaluate(String... more) {
        String[] usual = {"evaluate", "--cases", "2", "--search-cases", "1", "--steps", "2", "--drawings", "2"};
        String[] all = java.util.stream.Stream.of(
                        java.util.Arrays.stream(usual),
                        java.util.Arrays.stream(more),
                        java.util.stream.Stream.of(
                                "--output", folder.resolve("out").toString()))
                .flatMap(part -> part)
                .toArray(String[]::new);
        return Cli.run(all);
    }

    /** The last line: in this process, libraries that load for the first time may print before. */
    private static String object(Cli run) {
        return run.out().strip().lines().reduce("", (before, last) -> last);
    }

    @Test
    void printsOneJsonObjectAndWritesAPageAndRunsNothingTwice() throws Exception {
        String[] methods = {
            "--methods",
            "p2p-edit-friendly,self-judged",
            "--settings",
            "p2p-edit-friendly:cross=0.4,self=0.4,guidance=3",
            "--json"
        };
        Cli run = evaluate(methods);
        assertThat(run.exit()).as(run.err()).isZero();
        JsonNode root = new ObjectMapper().readTree(object(run));
        assertThat(root.get("cases").asInt()).isEqualTo(2);
        assertThat(root.get("methods")).hasSize(2);
        JsonNode first = root.get("methods").get(0);
        assertThat(first.get("name").asText()).isEqualTo("p2p-edit-friendly");
        assertThat(first.get("settings").get("guidance").asDouble()).isEqualTo(3);
        assertThat(first.get("judged").asInt()).isEqualTo(2);
        assertThat(first.get("psnr").asDouble()).isBetween(5.0, 60.0);
        assertThat(first.get("reconstruction_psnr").asDouble()).isGreaterThan(20);
        assertThat(root.get("methods").get(1).get("mask_iou").asDouble()).isGreaterThan(0);
        JsonNode task = root.get("tasks").get(0);
        assertThat(task.get("plain_drawings").asInt()).isEqualTo(2);
        assertThat(task.get("heat_map_iou").asDouble()).isBetween(0.0, 1.0);
        assertThat(task.get("results").get("self-judged").get("success").isBoolean())
                .isTrue();
        Path results = folder.resolve("out/results.jsonl");
        long lines = Files.readAllLines(results).size();
        assertThat(lines).isEqualTo(1 + 2 * 2); // the header, and an edit for each method and case
        String page = Files.readString(folder.resolve("out/evaluation.html"));
        assertThat(page).contains("data:image/png;base64,", "self-judged").doesNotContain("src=\"http");
        assertThat(object(evaluate(methods))).isEqualTo(object(run));
        assertThat(Files.readAllLines(results)).hasSize((int) lines);
    }

    @Test
    void saysWhichMethodsThereAre() {
        Cli run = evaluate("--methods", "p2p-direct,nonsense");
        assertThat(run.exit()).isEqualTo(1);
        assertThat(run.message()).contains("there is no method \"nonsense\"; known are p2p-ddim");
    }
}
