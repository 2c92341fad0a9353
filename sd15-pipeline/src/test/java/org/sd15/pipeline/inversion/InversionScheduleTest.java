package org.sd15.pipeline.inversion;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.sd15.pipeline.schedule.Sampler;
import org.sd15.pipeline.schedule.SchedulerConfig;
import org.sd15.pipeline.schedule.SchedulerConfig.FinalSigmasType;
import org.sd15.pipeline.schedule.SigmaSpread;

class InversionScheduleTest {

    /** The timesteps are the inversion's, however the model's own scheduler spreads its noise levels. */
    @ParameterizedTest
    @EnumSource(SigmaSpread.class)
    void anInversionByDpmSolverKeepsItsTimesteps(SigmaSpread spread) {
        SchedulerConfig config = SchedulerConfig.sd15().toBuilder()
                .useKarrasSigmas(spread == SigmaSpread.KARRAS)
                .sigmaSpread(spread)
                .build();
        InversionSchedule schedule = new InversionSchedule.DpmSolver(List.of(900, 500, 1), FinalSigmasType.SIGMA_MIN);
        Sampler sampler = schedule.sampler(config, 0);
        assertThat(sampler.timestep(0)).isEqualTo(900);
        assertThat(sampler.timestep(1)).isEqualTo(500);
        assertThat(sampler.timestep(2)).isEqualTo(1);
    }
}
