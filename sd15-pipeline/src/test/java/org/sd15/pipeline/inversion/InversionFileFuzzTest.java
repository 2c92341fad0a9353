package org.sd15.pipeline.inversion;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.importer.io.ImportException;
import org.sd15.pipeline.schedule.SchedulerConfig.FinalSigmasType;
import org.sd15.testing.MutationRun;
import org.sd15.testing.MutationRun.Outcome;

/** Whatever is in its file, an inversion is loaded or refused with the name of the file. */
@Tag("fuzz")
class InversionFileFuzzTest {

    @TempDir
    private Path folder;

    private byte[] saved(InversionSchedule schedule) throws IOException {
        INDArray level = Nd4j.ones(DataType.FLOAT, 1, 1, 1, 2);
        Inversion.Source source = new Inversion.Source(
                List.of("a cat"), 3.5, Nd4j.ones(DataType.FLOAT, 1, 3, 1, 1), Map.of("seeds", "[42]"));
        Path path = folder.resolve("saved.safetensors");
        InversionFile.save(
                new Inversion(
                        schedule, source, List.of(level, level, level), List.of(level, level), List.of(level, level)),
                path);
        return Files.readAllBytes(path);
    }

    @Test
    void understandsOrRefusesAnyInversion() throws IOException {
        List<byte[]> samples = new ArrayList<>();
        samples.add(saved(new InversionSchedule.Ddim(2)));
        samples.add(saved(new InversionSchedule.DpmSolver(List.of(900, 1), FinalSigmasType.SIGMA_MIN)));
        Outcome outcome = MutationRun.of(12, MutationRun.count())
                .over(samples)
                .words(
                        "\"steps\":\"",
                        "\"eta\":\"",
                        "NaN",
                        "trajectory",
                        "\"guidance\":\"",
                        "ddim",
                        "F32",
                        "[",
                        "prompt.0")
                .refusedWith(ImportException.class)
                .check(folder.resolve("fuzz.safetensors"), InversionFile::load);
        assertThat(outcome.understood()).isPositive();
        assertThat(outcome.refused()).isPositive();
    }
}
