package org.sd15.pipeline.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The web UI's names of schedulers, there and back. */
class SamplerNameTest {

    private static final SchedulerConfig MODEL = SchedulerConfig.sd15();

    @Test
    void everyNameComesBackAsTheSameScheduler() {
        for (String name : Schedulers.names()) {
            Scheduler scheduler = Schedulers.byName(name, MODEL);
            String called = SamplerName.of(scheduler).name();
            Scheduler back = Schedulers.byName(called, MODEL);
            assertThat(back.getClass()).as(called).isEqualTo(scheduler.getClass());
            assertThat(SamplerName.of(back)).isEqualTo(SamplerName.of(scheduler));
            assertThat(Schedulers.isKnown(called)).isTrue();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "euler-a, Euler a, Automatic",
        "euler, Euler, Automatic",
        "Euler Karras, Euler, Karras",
        "DPM2 a Exponential, DPM2 a, Exponential",
        "dpm++2m, DPM++ 2M, Uniform",
        "dpm++2m-karras, DPM++ 2M, Karras",
        "dpm++2m-sde-heun, DPM++ 2M SDE Heun, Uniform",
        "DPM++ 3M SDE Exponential, DPM++ 3M SDE, Exponential",
        "pndm, PLMS, Automatic",
        "DDIMInverseScheduler, DdimInverseScheduler, Automatic",
        "unipc, UniPC, Automatic"
    })
    void schedulersHaveTheWebUisNames(String ours, String sampler, String type) {
        assertThat(SamplerName.of(Schedulers.byName(ours, MODEL))).isEqualTo(new SamplerName(sampler, type));
    }

    @ParameterizedTest
    @CsvSource({
        "DPM++ 2M, Automatic, DPM++ 2M Karras",
        "DPM++ 2M SDE, automatic, DPM++ 2M SDE Exponential",
        "DPM++ 2M Karras, Automatic, DPM++ 2M Karras",
        "DPM++ 2M, Uniform, DPM++ 2M",
        "Euler a, Automatic, Euler a",
        "dpmpp_2m_sde_gpu, karras, dpmpp_2m_sde karras",
        "euler, normal, euler"
    })
    void automaticMeansWhatTheWebUiMeans(String sampler, String type, String name) {
        assertThat(new SamplerName(sampler, type).name()).isEqualTo(name);
        assertThat(Schedulers.isKnown(name)).isTrue();
    }

    @ParameterizedTest
    @CsvSource({"DPM adaptive, Automatic", "Euler, SGM Uniform", "DPM++ 2S a, Karras", "DDIM, Karras"})
    void whatIsNotHereIsNotKnown(String sampler, String type) {
        assertThat(Schedulers.isKnown(new SamplerName(sampler, type).name())).isFalse();
    }
}
