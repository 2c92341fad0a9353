package org.sd15.pipeline.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.sd15.importer.config.ConfigReader;
import org.sd15.importer.io.ImportException;
import org.sd15.pipeline.schedule.PndmScheduler;
import org.sd15.pipeline.schedule.PredictionType;
import org.sd15.pipeline.schedule.Scheduler;
import org.sd15.pipeline.schedule.Schedulers;

/**
 * Schedulers of diffusers 0.42.1 that aren't here, as it saves them with their own defaults and from PNDM's configuration;
 * made by tools/reference/saved_schedulers.py.
 */
class ForeignSchedulersTest {

    private static final Path REFERENCE = Path.of(
            System.getProperty("sd15.root"),
            "sd15-pipeline/src/test/resources/reference/schedulers-saved/foreign.json");

    static Stream<Map.Entry<String, JsonNode>> saved() throws IOException {
        return new ObjectMapper().readTree(REFERENCE.toFile()).properties().stream();
    }

    private static boolean isFlow(Map.Entry<String, JsonNode> saved) {
        return Stream.of("FlowMatch", "FlowMap", "Helios", "SCM").anyMatch(saved.getKey()::startsWith);
    }

    static Stream<Map.Entry<String, JsonNode>> flows() throws IOException {
        return saved().filter(ForeignSchedulersTest::isFlow);
    }

    static Stream<Map.Entry<String, JsonNode>> others() throws IOException {
        return saved().filter(saved -> !isFlow(saved));
    }

    private static Scheduler read(JsonNode configuration) {
        return ModelConfigs.scheduler(ConfigReader.of(Path.of("scheduler_config.json"), (ObjectNode) configuration));
    }

    @ParameterizedTest
    @MethodSource("flows")
    void modelsThatPredictAFlowAreRefusedInOneLine(Map.Entry<String, JsonNode> saved) {
        assertThatThrownBy(() -> read(saved.getValue()))
                .isInstanceOf(ImportException.class)
                .hasMessageContaining("scheduler_config.json: ")
                .hasMessageEndingWith(saved.getKey().startsWith("Flow") ? "of another kind" : "another kind predict")
                .hasMessageNotContaining(";");
    }

    /** With whatever keys they write for themselves. */
    @ParameterizedTest
    @MethodSource("others")
    void thoseOfOtherMathematicsGiveWayToTheUsualOne(Map.Entry<String, JsonNode> saved) {
        Scheduler scheduler = read(saved.getValue());
        assertThat(scheduler).isInstanceOf(PndmScheduler.class);
        assertThat(scheduler.config().skipPrkSteps()).isTrue();
        assertThat(scheduler.config().stepsOffset()).isEqualTo(1);
        if (saved.getValue().has("beta_start")) {
            assertThat(scheduler.config().betaStart())
                    .isEqualTo(saved.getValue().get("beta_start").asDouble());
        } else {
            assertThat(scheduler.config().betaEnd()).isEqualTo(0.012);
        }
        for (String name : List.of("ddim", "euler", "dpm++2m-karras")) {
            assertThat(Schedulers.byName(name, scheduler.config()).sampler(8).calls())
                    .isGreaterThanOrEqualTo(8);
        }
    }

    @Test
    void whatTheModelPredictsIsKept() throws IOException {
        JsonNode configuration = new ObjectMapper().readTree("""
                {"_class_name": "MyScheduler", "prediction_type": "v_prediction", "rescale_betas_zero_snr": true, "rho": {}}
                """);
        Scheduler scheduler = read(configuration);
        assertThat(scheduler.config().predictionType()).isEqualTo(PredictionType.V_PREDICTION);
        assertThat(scheduler.config().rescaleBetasZeroSnr()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"beta_start\": \"low\"", "\"beta_schedule\": \"steep\"", "\"prediction_type\": 7"})
    void whatItSaysOfTheTrainingMustMakeSense(String key) throws IOException {
        JsonNode configuration = new ObjectMapper().readTree("{\"_class_name\": \"MyScheduler\", %s}".formatted(key));
        assertThatThrownBy(() -> read(configuration))
                .isInstanceOf(ImportException.class)
                .hasMessageContaining(key.substring(1, key.indexOf(':') - 1) + " is ");
    }
}
