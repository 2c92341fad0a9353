package org.sd15.pipeline.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Schedulers by the names of the command line, of diffusers, the web UI and ComfyUI. */
class SchedulerNamesTest {

    private static final SchedulerConfig SD15 = SchedulerConfig.sd15();

    @Test
    void knowsTheNamesOfTheCommandLine() {
        assertThat(Schedulers.names())
                .containsExactly(
                        "ddim",
                        "pndm",
                        "ddpm",
                        "lms",
                        "euler",
                        "euler-a",
                        "heun",
                        "dpm2",
                        "dpm2-a",
                        "dpm++2m",
                        "dpm++2m-karras",
                        "dpm++2m-sde",
                        "dpm++2m-sde-heun",
                        "dpm++3m",
                        "dpm++3m-sde",
                        "dpm++2s",
                        "dpm++sde",
                        "unipc",
                        "deis",
                        "sa-solver",
                        "lcm",
                        "tcd",
                        "ipndm");
    }

    @Test
    void listsTheNamesWhenItDoesNotKnowOne() {
        assertThatThrownBy(() -> Schedulers.byName("dpm9", SD15))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("there is no scheduler \"dpm9\"; known are " + String.join(", ", Schedulers.names()));
        assertThatThrownBy(() -> Schedulers.byClassName("EDMEulerScheduler", SD15))
                .hasMessageStartingWith("there is no scheduler \"EDMEulerScheduler\"; known are DDIMScheduler, ");
    }

    /** The web UI's samplers, with and without its schedule types; ComfyUI's; diffusers' classes, short or whole. */
    @ParameterizedTest
    @CsvSource({
        "DDIM, ddim",
        "PLMS, pndm",
        "LMS, lms",
        "Euler, euler",
        "Euler a, euler-a",
        "Heun, heun",
        "DPM2, dpm2",
        "DPM2 a, dpm2-a",
        "DPM++ 2M, dpm++2m",
        "DPM++ 2M Karras, dpm++2m-karras",
        "DPM++ 2M SDE, dpm++2m-sde",
        "DPM++ 2M SDE Heun, dpm++2m-sde-heun",
        "DPM++ 3M SDE, dpm++3m-sde",
        "DPM++ SDE, dpm++sde",
        "UniPC, unipc",
        "LCM, lcm",
        "euler_ancestral, euler-a",
        "dpm_2, dpm2",
        "dpm_2_ancestral, dpm2-a",
        "dpmpp_2m, dpm++2m",
        "dpmpp_2m_sde, dpm++2m-sde",
        "dpmpp_3m_sde, dpm++3m-sde",
        "dpmpp_sde, dpm++sde",
        "uni_pc, unipc",
        "sa_solver, sa-solver",
        "EulerDiscreteScheduler, euler",
        "eulerancestraldiscrete, euler-a",
        "KDPM2, dpm2",
        "KDPM2-a, dpm2-a",
        "DPMSolverSinglestep, dpm++2s",
        "DEISMultistep, deis",
        "TCDScheduler, tcd"
    })
    void knowsTheNamesOfOthers(String theirs, String ours) {
        assertThat(Schedulers.byName(theirs, SD15)).isEqualTo(Schedulers.byName(ours, SD15));
    }

    @ParameterizedTest
    @CsvSource({
        "Euler Karras, euler, true,",
        "LMS Karras, lms, true,",
        "DPM2 a Karras, dpm2-a, true,",
        "DPM++ SDE Karras, dpm++sde, true,",
        "DPM++ 2M SDE Karras, dpm++2m-sde, true,",
        "DPM++ 2M SDE Heun Karras, dpm++2m-sde-heun, true,",
        "DPM++ 2M SDE Exponential, dpm++2m-sde, false, EXPONENTIAL",
        "heun-beta, heun, false, BETA",
        "dpm++2m-lu, dpm++2m, false, LU",
        "UniPC exponential, unipc, false, EXPONENTIAL"
    })
    void aNameMayEndWithTheSpreadOfNoiseLevels(String name, String base, boolean karras, @Nullable SigmaSpread spread) {
        SchedulerConfig other = SD15.toBuilder()
                .useKarrasSigmas(!karras)
                .sigmaSpread(SigmaSpread.LU)
                .build();
        SchedulerConfig expected = Schedulers.byName(base, SD15).config().toBuilder()
                .useKarrasSigmas(karras)
                .sigmaSpread(spread)
                .build();
        assertThat(Schedulers.byName(name, other).config()).isEqualTo(expected);
        assertThat(Schedulers.byName(name, other)).hasSameClassAs(Schedulers.byName(base, SD15));
    }

    @ParameterizedTest
    @ValueSource(strings = {"ddim karras", "euler a karras", "lcm-beta", "heun-lu", "karras", "", "dpm++2s a"})
    void refusesASpreadThatTheClassDoesNotKnow(String name) {
        assertThatThrownBy(() -> Schedulers.byName(name, SD15)).hasMessageStartingWith("there is no scheduler");
    }

    /** A name of DPM-Solver decides what it names, whatever the model's configuration says of it. */
}
