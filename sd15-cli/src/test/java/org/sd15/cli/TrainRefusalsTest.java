package org.sd15.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sd15.pipeline.training.RunFolder;

/** {@code train} refuses what would be lost or untrue in the end, before its first step. */
class TrainRefusalsTest {

    @TempDir
    private Path folder;

    private Cli train(String method, String output, String... more) {
        return new ShortTraining(folder).run(method, output, more);
    }

    /** It would go on with the old one's random numbers, and its file would tell of a run that never was. */
    @Test
    void anotherRunIsNotResumed() throws IOException {
        String data = new ShortTraining(folder).data();
        Cli first = train("lora", "run", "--data", data, "--train-steps", "1", "--checkpoint-every", "1");
        assertThat(first.exit()).as(first.err()).isZero();
        assertNotResumed(data, "sd15.training.seed was 42 when the checkpoint was made, is 7 now", "--seed", "7");
        assertNotResumed(data, "batch=1, ", "--batch", "2");
        assertNotResumed(data, "sd15.training.prediction was EPSILON", "--min-snr", "5");
        assertNotResumed(data, "sd15.training.pictures was PictureTransform", "--flip");
        assertNotResumed(data, "captionDropout=0.5", "--caption-dropout", "0.5");
        assertNotResumed(data, "additions of rank 4, alpha 4.0 when", "--alpha", "1");
        String other = folder.resolve("embedded").toString(); // of the same name as the model that it went on from
        Cli moved = Cli.run(
                "train", "full", "--targets", "conv_in", "--data", data, "--train-steps", "1", "--output", other);
        assertThat(moved.exit()).as(moved.err()).isZero();
        assertNotResumed(data, "sd15.training.unet was", "--model", other);
        Files.writeString(Path.of(data).resolve("a.txt"), "a blue circle");
        assertNotResumed(data, "sd15.training.data was");
    }

    private void assertNotResumed(String data, String message, String... changes) {
        List<String> options = new ArrayList<>(List.of("--data", data, "--train-steps", "2", "--resume"));
        options.addAll(List.of(changes));
        Cli cli = train("lora", "run", options.toArray(String[]::new));
        assertThat(cli.exit()).isEqualTo(1);
        assertThat(cli.err()).contains("checkpoint-000001.safetensors", message, "resume with the same");
    }

    @Test
    void anEarlierRunIsGoneOnWithOrMovedAsideAndNeverLost() throws IOException {
        String data = new ShortTraining(folder).data();
        String[] run = {"--data", data, "--rank", "1", "--checkpoint-every", "1", "--train-steps"};
        assertDone(train("lora", "run", with(run, "2")));
        Path work = folder.resolve("run.training");
        Path last = work.resolve("checkpoints/checkpoint-000002.safetensors");
        assertRefused(train("lora", "run", with(run, "1")), last.toRealPath() + " is of an earlier run");
        assertRefused(train("lora", "run", with(run, "1")), "(--resume), or begin a new one (--start-anew)");
        assertRefused(train("lora", "run", with(run, "1", "--start-anew", "--resume")), "give one of them");
        Files.write(last, Arrays.copyOf(Files.readAllBytes(last), 1000));
        Cli resumed = train("lora", "run", with(run, "2", "--resume"));
        assertDone(resumed);
        assertThat(resumed.err()).contains("going back to the checkpoint before it", "continuing after step 1");
        String described = Files.readString(work.resolve("run.json"));
        assertThat(described).contains("\"run\"", "\"sd15.training.seed\" : \"42\"");
        Cli anew = train("lora", "run", with(run, "1", "--start-anew"));
        assertDone(anew);
        assertThat(anew.err()).contains("what an earlier run left is now in ", "earlier-1");
        assertThat(work.resolve("checkpoints")).isDirectoryContaining("glob:**/checkpoint-000001.safetensors");
        assertThat(last).doesNotExist();
        assertThat(work.resolve("earlier-1/checkpoints/checkpoint-000002.safetensors"))
                .isRegularFile();
        assertThat(work.resolve("earlier-1/run.json")).hasContent(described);
        assertThat(work.resolve("earlier-1/log.csv")).isRegularFile();
        assertThat(work.resolve("cache")).isDirectory();
    }

    private static String[] with(String[] some, String... more) {
        return Stream.concat(Stream.of(some), Stream.of(more)).toArray(String[]::new);
    }

    private static void assertDone(Cli cli) {
        assertThat(cli.exit()).as(cli.err()).isZero();
    }

    @Test
    void oneOutputHasOneTrainingAtATime() throws IOException {
        String data = new ShortTraining(folder).data();
        try (RunFolder running = RunFolder.open(RunFolder.beside(folder.resolve("x")))) {
            String owner = running.path() + ": is in use by process "
                    + ProcessHandle.current().pid();
            assertRefused(train("lora", "x", "--data", data), owner);
            assertRefused(train("full", "../" + folder.getFileName() + "/x", "--data", data), owner);
        }
    }

    /** Not when all steps are done. */
    @Test
    void whatCouldNotBeWrittenOrDoneIsRefusedBeforeTheFirstStep() throws IOException {
        String data = new ShortTraining(folder).data();
        Files.createDirectories(folder.resolve("a-folder"));
        Files.writeString(folder.resolve("a-file"), "");
        assertRefused(train("lora", "a-folder", "--data", data), "a-folder is a folder, must be a file");
        assertRefused(Cli.run("train", "lora", "--data", data, "--output", ""), "--output is empty");
        assertRefused(train("lora", "x.bin", "--data", data), "must end in .safetensors");
        assertRefused(train("full", "a-file", "--data", data), "a-file is a file, must be a folder");
        assertRefused(train("lora", "x", "--data", data, "--keep", "0"), "--keep is 0, must be at least 1");
        assertRefused(train("lora", "x", "--data", data, "--checkpoint-every", "0"), "--checkpoint-every is 0");
        assertRefused(train("lora", "x", "--data", data, "--validation-every", "-1"), "--validation-every is -1");
        assertRefused(train("lora", "x", "--data", data, "--alpha", "0"), "--alpha is 0");
        assertRefused(
                train("lora", "x", "--data", data, "--validation-prompt", "a", "--validation-steps", "1001"),
                "from 1 to 1000 steps are possible");
    }

    @Test
    void aClassThatCanNotBeKeptIsRefusedBeforeItsPicturesAreDrawn() throws IOException {
        String data = new ShortTraining(folder).data();
        assertRefused(dreamBooth(data, "--class-pictures", "0"), "--class-pictures is 0, must be at least 1");
        assertRefused(dreamBooth(data, "--class-steps", "0"), "--class-steps is 0, must be at least 1");
        assertRefused(dreamBooth(data, "--prior-weight", "-1"), "--prior-weight is -1.0, must be at least 0");
    }

    private Cli dreamBooth(String data, String option, String value) {
        String file = folder.resolve("y").toString();
        return Cli.run(
                "train",
                "dreambooth",
                "--data",
                data,
                "--output",
                file,
                "--instance-prompt",
                "a sks circle",
                "--class-prompt",
                "a circle",
                option,
                value);
    }

    private static void assertRefused(Cli cli, String message) {
        assertThat(cli.exit()).isEqualTo(1);
        assertThat(cli.err()).contains(message).doesNotContain("training ");
    }
}
