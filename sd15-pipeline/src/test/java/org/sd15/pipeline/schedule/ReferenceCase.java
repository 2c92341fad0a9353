package org.sd15.pipeline.schedule;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.sd15.pipeline.schedule.SchedulerConfig.AlgorithmType;
import org.sd15.pipeline.schedule.SchedulerConfig.FinalSigmasType;
import org.sd15.pipeline.schedule.SchedulerConfig.SolverType;
import org.sd15.pipeline.schedule.SchedulerConfig.TimestepSpacing;
import org.sd15.pipeline.schedule.SchedulerConfig.VarianceType;
import org.sd15.testing.Fixture;

/**
 * One run of a diffusers 0.42.1 scheduler: {@code schedulers.json} has the facts, {@code NAME.safetensors} the tensors.
 * Made by the function of that name in tools/reference/make_pipeline.py.
 *
 * @param name the case
 * @param scheduler the same scheduler here
 * @param steps its steps
 * @param facts what the JSON says of the run
 * @param tensors of the case
 */
record ReferenceCase(String name, Scheduler scheduler, int steps, JsonNode facts, Fixture tensors) {

    private static final Path FOLDER =
            Path.of(System.getProperty("sd15.root"), "sd15-pipeline/src/test/resources/reference/schedulers");

    /** All runs whose tensors are here. */
    static Stream<ReferenceCase> all() {
        List<ReferenceCase> cases = new ArrayList<>();
        for (Map.Entry<String, JsonNode> entry : json().properties()) {
            Path file = FOLDER.resolve(entry.getKey() + ".safetensors");
            if (Files.exists(file)) {
                Fixture tensors = Fixture.open(file);
                Scheduler scheduler = scheduler(entry.getValue());
                for (JsonNode run : entry.getValue().get("runs")) {
                    cases.add(new ReferenceCase(
                            entry.getKey(), scheduler, run.get("steps").asInt(), run, tensors));
                }
            }
        }
        return cases.stream();
    }

    static ReferenceCase of(String name, int steps) {
        return all().filter(run -> run.name.equals(name) && run.steps == steps)
                .findFirst()
                .orElseThrow();
    }

    boolean has(String tensor) {
        return tensors.has("n%d.%s".formatted(steps, tensor));
    }

    INDArray tensor(String tensor) {
        return tensors.get("n%d.%s".formatted(steps, tensor));
    }

    /** One call's part of a stacked tensor. */
    INDArray at(String tensor, int call) {
        return tensor(tensor).slice(call).dup();
    }

    INDArray shared(String tensor) {
        return tensors.get(tensor);
    }

    /** The model of the reference: {@code 0.3 x + 0.1 sin(3 x) + 0.00005 t}, in double precision. */
    static INDArray model(INDArray input, double timestep) {
        INDArray x = input.castTo(DataType.DOUBLE);
        return x.mul(0.3)
                .addi(Transforms.sin(x.mul(3), true).muli(0.1))
                .addi(timestep / 1000 * 0.05)
                .castTo(input.dataType());
    }

    @Override
    public String toString() {
        return name + ", " + steps + " steps";
    }

    private static Scheduler scheduler(JsonNode facts) {
        SchedulerConfig config = config(facts.get("config"));
        JsonNode eta = facts.get("step").get("eta");
        return eta == null
                ? Schedulers.byClassName(facts.get("cls").asText(), config)
                : new DdimScheduler(config, eta.asDouble());
    }

    /** Every key is said: the file holds the configuration with the defaults of the class filled in. */
    private static SchedulerConfig config(JsonNode said) {
        return SchedulerConfig.builder()
                .numTrainTimesteps(said.get("num_train_timesteps").asInt())
                .betaStart(said.get("beta_start").asDouble())
                .betaEnd(said.get("beta_end").asDouble())
                .betaSchedule(BetaSchedule.of(said.get("beta_schedule").asText()))
                .predictionType(PredictionType.of(said.get("prediction_type").asText()))
                .timestepSpacing(value(said, "timestep_spacing", text -> TimestepSpacing.of(text.asText())))
                .stepsOffset(value(said, "steps_offset", JsonNode::asInt))
                .setAlphaToOne(value(said, "set_alpha_to_one", JsonNode::asBoolean))
                .rescaleBetasZeroSnr(value(said, "rescale_betas_zero_snr", JsonNode::asBoolean))
                .clipSample(value(said, "clip_sample", JsonNode::asBoolean))
                .thresholding(value(said, "thresholding", JsonNode::asBoolean))
                .skipPrkSteps(value(said, "skip_prk_steps", JsonNode::asBoolean))
                .useKarrasSigmas(value(said, "use_karras_sigmas", JsonNode::asBoolean))
                .finalSigmasType(value(said, "final_sigmas_type", text -> FinalSigmasType.of(text.asText())))
                .solverOrder(value(said, "solver_order", JsonNode::asInt))
                .algorithmType(value(said, "algorithm_type", text -> AlgorithmType.of(text.asText())))
                .solverType(value(said, "solver_type", text -> SolverType.of(text.asText())))
                .lowerOrderFinal(value(said, "lower_order_final", JsonNode::asBoolean))
                .eulerAtFinal(value(said, "euler_at_final", JsonNode::asBoolean))
                .varianceType(value(said, "variance_type", text -> VarianceType.of(text.asText())))
                .originalInferenceSteps(value(said, "original_inference_steps", JsonNode::asInt))
                .timestepScaling(value(said, "timestep_scaling", JsonNode::asDouble))
                .build();
    }

    static <T> @Nullable T value(JsonNode said, String key, Function<JsonNode, T> read) {
        return said.hasNonNull(key) ? read.apply(said.get(key)) : null;
    }

    private static JsonNode json() {
        try {
            return new ObjectMapper().readTree(FOLDER.resolve("schedulers.json").toFile());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
