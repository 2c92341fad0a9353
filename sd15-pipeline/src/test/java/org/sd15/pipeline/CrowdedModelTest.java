package org.sd15.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.sd15.testing.ChildJvm;
import org.sd15.testing.Fixture;
import org.sd15.testing.fused.Formulations;

/** Eight threads draw with four handles on one model, in a process of their own: what goes wrong there can end it. */
class CrowdedModelTest {

    private static final int THREADS = 8;
    private static final int HANDLES = 4;

    @TempDir
    private Path folder;

    @ParameterizedTest
    @EnumSource
    void eachPictureHasItsBitsOrThereIsOneClearError(Formulations formulation) throws Exception {
        assertSurvives(formulation, 12, 300);
    }

    @ParameterizedTest
    @EnumSource
    @Tag("full")
    void fourHundredPicturesHaveTheirBitsOrThereIsOneClearError(Formulations formulation) throws Exception {
        assertSurvives(formulation, 400, 1200);
    }

    private void assertSurvives(Formulations formulation, int pictures, int seconds) throws Exception {
        Path log = folder.resolve("log");
        Process process = ChildJvm.start(
                CrowdedModel.class,
                log,
                formulation.name(),
                String.valueOf(THREADS),
                String.valueOf(HANDLES),
                String.valueOf(pictures),
                Fixture.resource("sd15-pipeline", "shapes").toString());
        try {
            assertThat(process.waitFor(seconds, TimeUnit.SECONDS))
                    .as(Files.readString(log))
                    .isTrue();
            assertThat(process.exitValue()).as(Files.readString(log)).isZero();
        } finally {
            process.destroyForcibly();
        }
    }
}
