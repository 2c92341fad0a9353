package org.sd15.pipeline.schedule;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.pipeline.schedule.SchedulerConfig.AlgorithmType;
import org.sd15.pipeline.schedule.SchedulerConfig.FinalSigmasType;
import org.sd15.pipeline.schedule.SchedulerConfig.SolverType;
import org.sd15.pipeline.schedule.SchedulerConfig.TimestepSpacing;

/**
 * One run of a diffusers 0.42.1 scheduler on eight values, from the configuration of Stable Diffusion 1.5 and what the
 * run says; made by tools/reference/scheduler_runs.py.
 *
 * @param facts what the JSON says of the run
 */
record RecordedRun(JsonNode facts) {

    static Stream<RecordedRun> all() throws IOException {
        Path file = Path.of(
                System.getProperty("sd15.root"), "sd15-pipeline/src/test/resources/reference/scheduler-runs/runs.json");
        JsonNode runs = new ObjectMapper().readTree(file.toFile());
        return StreamSupport.stream(runs.spliterator(), false).map(RecordedRun::new);
    }

    boolean is(String className, String... keys) {
        return className.equals(facts.get("cls").asText())
                && facts.get("over").size() == keys.length
                && Stream.of(keys).allMatch(facts.get("over")::has);
    }

    int steps() {
        return facts.get("steps").asInt();
    }

    double initNoiseSigma() {
        return facts.get("init_noise_sigma").asDouble();
    }

    List<Double> timesteps() {
        return doubles(facts.get("timesteps"));
    }

    /** The sample that enters a call; that of the number of calls is the last. */
    INDArray x(int call) {
        return tensor(facts.get("x").get(call));
    }

    INDArray noise(int draw) {
        return tensor(facts.get("noise").get(draw));
    }

    int draws() {
        return facts.get("noise").size();
    }

    Sampler sampler() {
        return scheduler().sampler(steps());
    }

    Scheduler scheduler() {
        Scheduler scheduler = stepped(Schedulers.byClassName(facts.get("cls").asText(), config()), facts.get("step"));
        JsonNode set = facts.get("set");
        if (set.has("timesteps")) {
            return ((TimestepsScheduler) scheduler).withTimesteps(doubles(set.get("timesteps")));
        }
        return set.has("sigmas")
                ? ((EulerDiscreteScheduler) scheduler).withSigmas(doubles(set.get("sigmas")))
                : scheduler;
    }

    private static Scheduler stepped(Scheduler scheduler, JsonNode step) {
        if (scheduler instanceof TcdScheduler tcd) {
            return new TcdScheduler(tcd.config(), step.path("eta").asDouble(0.3));
        }
        if (scheduler instanceof EulerDiscreteScheduler euler && step.has("s_churn")) {
            Churn churn = new Churn(
                    step.get("s_churn").asDouble(),
                    step.path("s_tmin").asDouble(0),
                    step.path("s_tmax").asDouble(Double.POSITIVE_INFINITY),
                    step.path("s_noise").asDouble(1));
            return new EulerDiscreteScheduler(euler.config(), churn);
        }
        return scheduler;
    }

    private SchedulerConfig config() {
        JsonNode over = facts.get("over");
        String algorithm = over.path("algorithm_type").asText("dpmsolver++");
        boolean ofNoise = algorithm.equals("noise_prediction");
        return SchedulerConfig.sd15().toBuilder()
                .predictionType(ReferenceCase.value(over, "prediction_type", text -> PredictionType.of(text.asText())))
                .timestepSpacing(
                        ReferenceCase.value(over, "timestep_spacing", text -> TimestepSpacing.of(text.asText())))
                .rescaleBetasZeroSnr(ReferenceCase.value(over, "rescale_betas_zero_snr", JsonNode::asBoolean))
                .useKarrasSigmas(ReferenceCase.value(over, "use_karras_sigmas", JsonNode::asBoolean))
                .finalSigmasType(
                        ReferenceCase.value(over, "final_sigmas_type", text -> FinalSigmasType.of(text.asText())))
                .solverOrder(ReferenceCase.value(over, "solver_order", JsonNode::asInt))
                .algorithmType(ofNoise ? null : AlgorithmType.of(algorithm))
                .solverType(ReferenceCase.value(over, "solver_type", text -> SolverType.of(text.asText())))
                .lowerOrderFinal(ReferenceCase.value(over, "lower_order_final", JsonNode::asBoolean))
                .eulerAtFinal(ReferenceCase.value(over, "euler_at_final", JsonNode::asBoolean))
                .sigmaSpread(spread(over))
                .stochastic(new StochasticSettings(
                        ReferenceCase.value(over, "predictor_order", JsonNode::asInt),
                        ReferenceCase.value(over, "corrector_order", JsonNode::asInt),
                        ofNoise,
                        ReferenceCase.value(over, "noise_sampler_seed", JsonNode::asLong)))
                .build();
    }

    private static @Nullable SigmaSpread spread(JsonNode over) {
        return Map.of(
                        "use_exponential_sigmas", SigmaSpread.EXPONENTIAL,
                        "use_beta_sigmas", SigmaSpread.BETA,
                        "use_lu_lambdas", SigmaSpread.LU)
                .entrySet()
                .stream()
                .filter(entry -> over.path(entry.getKey()).asBoolean())
                .map(Map.Entry::getValue)
                .findFirst()
                .orElse(null);
    }

    private static INDArray tensor(JsonNode values) {
        float[] numbers = new float[values.size()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = values.get(i).floatValue();
        }
        return Nd4j.createFromArray(numbers).reshape(1, 4, 1, 2);
    }

    private static List<Double> doubles(JsonNode values) {
        List<Double> doubles = new ArrayList<>();
        values.forEach(value -> doubles.add(value.asDouble()));
        return doubles;
    }

    @Override
    public String toString() {
        return "%s %s %s %s, %d steps"
                .formatted(facts.get("cls").asText(), facts.get("over"), facts.get("set"), facts.get("step"), steps());
    }
}
