package org.sd15.pipeline.model;

import java.util.List;
import java.util.Set;
import org.sd15.importer.config.ConfigReader;
import org.sd15.importer.io.Shown;
import org.sd15.pipeline.schedule.BetaSchedule;
import org.sd15.pipeline.schedule.PndmScheduler;
import org.sd15.pipeline.schedule.PredictionType;
import org.sd15.pipeline.schedule.Scheduler;
import org.sd15.pipeline.schedule.SchedulerConfig;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A {@code scheduler_config.json} of a class that isn't here, such as EDM's. It tells what the model was trained on,
 * which is read, and how that class draws, which nothing here does: the usual scheduler of Stable Diffusion takes its
 * place, and says so. Models that predict a flow are no Stable Diffusion 1.x, and are refused.
 */
final class ForeignSchedulers {

    private static final Logger LOG = LoggerFactory.getLogger(ForeignSchedulers.class);

    /** How the names of classes begin whose models predict a flow, whatever else they write. */
    private static final List<String> FLOWS = List.of("FlowMatch", "FlowMap");

    private static final Set<String> PREDICTIONS = Set.of("epsilon", "v_prediction", "sample");

    private ForeignSchedulers() {}

    /**
     * PNDM with what the file says of the model's training; betas that it doesn't say are those of Stable Diffusion 1.5.
     *
     * @throws org.sd15.importer.io.ImportException if the model is of another kind
     */
    static Scheduler familyDefault(ConfigReader config, String className) {
        PredictionType prediction = prediction(config, className);
        config.irrelevantRest();
        SchedulerConfig said = training(config, prediction);
        config.finish();
        LOG.warn(
                "{}: there is no scheduler \"{}\" here; unless another is named, PNDM with these settings takes its place",
                config.file(),
                Shown.of(className));
        Scheduler scheduler = new PndmScheduler(said);
        scheduler.noiseSchedule(); // refuses variances that make no sense
        return scheduler;
    }

    /** What the model predicts; a flow is refused. */
    private static PredictionType prediction(ConfigReader config, String className) {
        String prediction = config.text("prediction_type", "epsilon");
        if (FLOWS.stream().anyMatch(className::startsWith)) {
            config.refuse("_class_name", "which is for models of another kind");
        } else if (PREDICTIONS.contains(prediction)) {
            return PredictionType.of(prediction);
        } else {
            config.refuse("prediction_type", "which models of another kind predict");
        }
        return PredictionType.EPSILON;
    }

    private static SchedulerConfig training(ConfigReader config, PredictionType prediction) {
        List<Double> betas = config.has("trained_betas") ? config.numbers("trained_betas", List.of()) : List.of();
        return SchedulerConfig.sd15().toBuilder()
                .numTrainTimesteps(config.integer("num_train_timesteps", 1000))
                .betaStart(config.number("beta_start", 0.00085))
                .betaEnd(config.number("beta_end", 0.012))
                .betaSchedule(BetaSchedule.of(config.text("beta_schedule", "scaled_linear")))
                .trainedBetas(betas.isEmpty() ? null : betas)
                .rescaleBetasZeroSnr(config.flag("rescale_betas_zero_snr", false))
                .predictionType(prediction)
                .build();
    }
}
