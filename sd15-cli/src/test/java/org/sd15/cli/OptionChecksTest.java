package org.sd15.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** What can't be meant is refused before anything is loaded: here the model isn't even there. */
class OptionChecksTest {

    @TempDir
    private Path folder;

    private static Cli run(String line) {
        return Cli.run((line + " --model nowhere").split(" +"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        generate --prompt x --guidance NaN                  | --guidance is NaN, must be a finite number
        generate --prompt x --guidance Infinity             | --guidance is Infinity, must be a finite number
        generate --prompt x --guidance -1e999               | --guidance is -Infinity, must be a finite number
        generate --prompt x --strength NaN --image pom.xml  | --strength is NaN, must be from 0 to 1
        generate --prompt x --strength 1.5 --image pom.xml  | --strength is 1.5, must be from 0 to 1
        generate --prompt x --eta -1                        | --eta is -1.0, must be from 0 to 1
        generate --prompt x --guidance-rescale 2            | --guidance-rescale is 2.0, must be from 0 to 1
        generate --prompt x --count 0                       | --count is 0, must be from 1 to 10000
        generate --prompt x --width -8                      | --width is -8, must be from 1 to 16384
        generate --prompt x --height 1000000000             | --height is 1000000000, must be from 1 to 16384
        generate --prompt x --image pom.xml --resize -1     | --resize is -1, must be from 0 to 16384
        train lora --output x --resolution 2000000000       | --resolution is 2000000000, must be at most 16384
        generate --prompt x --clip-skip -1                  | --clip-skip is -1, must be at least 0
        generate --prompt x --lora pom.xml:nan              | --lora pom.xml:nan: "nan" is not a number; give FILE or FILE:scale, for instance pom.xml:0.7
        generate --prompt x --lora pom.xml:NaN              | the scale of --lora pom.xml:NaN is NaN, must be a finite number
        generate --prompt x --lora pom.xml:1e999            | the scale of --lora pom.xml:1e999 is Infinity, must be a finite number
        generate --prompt x --threads -2                    | --threads is -2, must be at least 1
        edit --source a --target b --weight b=NaN           | --weight b is NaN, must be a finite number
        edit --source a --target b --weight b=x             | --weight has "x", must be a number
        edit --source a --target b --cross-steps NaN        | --cross-steps is NaN, must be from 0 to 1
        edit --source a --target b --cross-steps b=2        | --cross-steps b is 2.0, must be from 0 to 1
        edit --source a --target b --self-steps -0.1        | --self-steps is -0.1, must be from 0 to 1
        edit --source a --target b --self-steps 0.6..0.1    | --self-steps is 0.6..0.1, must not begin after its end: 0.1..0.6
        edit --source a --target b --self-steps 0.6..2      | --self-steps is 2.0, must be from 0 to 1
        edit --source a --target b --self-steps lots        | --self-steps has "lots", must be a number
        edit --source a --target b --self-limit -1          | --self-limit is -1, must be at least 0
        edit --source a --target b --cross-steps b=0.7..0.2 | --cross-steps b is 0.7..0.2, must not begin after its end: 0.2..0.7
        edit --source a --target b --cross-steps b=0..NaN   | --cross-steps b is NaN, must be from 0 to 1
        edit --source a --target b --blend-start 1.5        | --blend-start is 1.5, must be from 0 to 1
        edit --source a --target b --blend-subtract a,b     | --blend-subtract is for an edit with --blend: add it
        edit --source a --target b --blend-threshold 1      | --blend-threshold is 1.0, must be from 0 to below 1
        edit --source a --target b --blend-resolution 0     | --blend-resolution is 0, must be at least 1
        edit --source a --target b --skip 1                 | --skip is 1.0, must be from 0 to below 1
        masactrl --source a --target b --mask-threshold NaN | --mask-threshold is NaN, must be from 0 to 1
        masactrl --source a --target b --start-step -1      | --start-step is -1, must be at least 0
        attend --prompt a --words a --step-size NaN         | --step-size is NaN, must be at least 0
        dds --source a --target b --step-size -Infinity     | --step-size is -Infinity, must be a finite number
        dds --source a --target b --iterations 0            | --iterations is 0, must be at least 1
        ledits --image pom.xml --edit a --edit-guidance 5 --edit-guidance NaN | --edit-guidance is NaN, must be a finite number
        ledits --image pom.xml --edit a --edit-threshold -1 | --edit-threshold is -1.0, must be at least 0
        evaluate --cases 0                                  | --cases is 0, must be at least 1
        evaluate --settings p2p:cross=NaN                   | settings are "cross=NaN", "cross" must be a finite number
        bench unet --size 0                                 | --size is 0, must be from 1 to 2048
        train lora --output x --learning-rate NaN           | --learning-rate is NaN, must be at least 0
        train lora --output x --learning-rate -1            | --learning-rate is -1.0, must be at least 0
        train lora --output x --rank 0                      | --rank is 0, must be at least 1
        train lora --output x --alpha Infinity              | --alpha is Infinity, must be a finite number
        train lora --output x --ema 1                       | --ema is 1.0, must be from 0 to below 1
        train lora --output x --memory 0                    | --memory is 0.0, must be above 0
        train lora --output x --caption-dropout 1.1         | --caption-dropout is 1.1, must be from 0 to 1
        train vae --output x --kl NaN                       | --kl is NaN, must be at least 0
        """)
    void numbersOutOfRangeAreRefusedBeforeAnythingIsLoaded(String line, String message) {
        Cli cli = run(line);
        assertThat(cli.exit()).isEqualTo(1);
        assertThat(cli.err()).isEqualTo("sd15: " + message + System.lineSeparator());
    }

    /** So that an option that comes later is not forgotten. */
    @Test
    void everyNumberOfEveryCommandHasARange() {
        List<String> open = new ArrayList<>();
        collect(Sd15.commandLine().getCommandSpec(), open);
        assertThat(open).isEmpty();
    }

    private static void collect(CommandSpec command, List<String> open) {
        for (OptionSpec option : command.options()) {
            Class<?> type = option.auxiliaryTypes()[0];
            boolean whole =
                    Set.of(int.class, Integer.class, long.class, Long.class).contains(type);
            boolean real =
                    Set.of(double.class, Double.class, float.class, Float.class).contains(type);
            boolean annotated = option.userObject() instanceof Field field && field.isAnnotationPresent(InRange.class);
            if ((whole || real) && !annotated && !option.longestName().equals("--seed")) {
                open.add(command.qualifiedName() + " " + option.longestName());
            }
        }
        command.subcommands().values().forEach(line -> collect(line.getCommandSpec(), open));
    }

    @ParameterizedTest
    @ValueSource(strings = {"generate --prompt x --output=", "convert pom.xml ''", "generate --prompt x --latents="})
    void anEmptyPathIsRefused(String line) {
        String[] words = line.split(" ");
        for (int i = 0; i < words.length; i++) {
            words[i] = words[i].equals("''") ? "" : words[i];
        }
        Cli cli = Cli.run(words);
        assertThat(cli.exit()).isEqualTo(1);
        assertThat(cli.err()).containsPattern("sd15: (--output|OUT|--latents) is empty, must be a path");
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void aPipeIsNotWaitedFor() throws Exception {
        Path pipe = folder.resolve("pipe");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor())
                .isZero();
        List<String> lines = List.of(
                "inspect P",
                "convert P x",
                "generate --prompt x --model P",
                "generate --prompt x --latents P",
                "generate --prompt x --lora P",
                "generate --prompt x --lora P:0.5",
                "generate --prompt x --embedding P",
                "edit --source a --target b --image P",
                "run unet --inputs P --dump x",
                "train lora --output x --data P");
        for (String line : lines) {
            Cli cli = Cli.run(line.replace("P", pipe.toString()).split(" "));
            assertThat(cli.exit()).as(line).isEqualTo(1);
            assertThat(cli.err())
                    .as(line)
                    .isEqualTo(
                            "sd15: %s is a pipe, a device or a socket, must be a file: save what comes out of it first%n"
                                    .formatted(pipe));
        }
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void aDeviceIsNotRead() {
        assertThat(Cli.run("inspect", "/dev/null").err()).contains("/dev/null is a pipe, a device or a socket");
        assertThat(Cli.run("inspect", "/dev/zero").err()).contains("/dev/zero is a pipe, a device or a socket");
    }

    @Test
    void helpIsGivenWhateverElseIsTyped() {
        Cli cli = Cli.run("generate", "--prompt", "x", "--steps", "0", "--help");
        assertThat(cli.exit()).isZero();
        assertThat(cli.out()).contains("--guidance-rescale");
    }

    @Test
    void lettersThatGotLostAreRefused() {
        String lost = "ein gr" + (char) 0xfffd + (char) 0xfffd + "ner Kreis";
        for (String text : List.of(lost, "a" + (char) 0xd800, (char) 0xdc00 + "b")) {
            Cli cli = Cli.run("generate", "--prompt", text, "--model", "nowhere");
            assertThat(cli.exit()).isEqualTo(2);
            assertThat(cli.err().lines()).hasSize(1);
            assertThat(cli.err()).startsWith("sd15: argument 3, \"").contains("LC_ALL=C.UTF-8");
        }
        assertThat(Cli.run("generate", "--prompt", "grün 🙂", "--model", "nowhere")
                        .err())
                .contains("nowhere: no such model");
    }

    @Test
    void seedsAreThoseOfTorch() throws Exception {
        SeedConverter seeds = new SeedConverter();
        assertThat(seeds.convert("42")).isEqualTo(42);
        assertThat(seeds.convert("18446744073709551615"))
                .isEqualTo(seeds.convert("-1"))
                .isEqualTo(-1);
        assertThat(seeds.convert("9223372036854775808")).isEqualTo(Long.MIN_VALUE);
        assertThat(seeds.convert("-9223372036854775808")).isEqualTo(Long.MIN_VALUE);
        for (String wrong : List.of("18446744073709551616", "-9223372036854775809", "1.5", "", "x")) {
            assertThatThrownBy(() -> seeds.convert(wrong)).hasMessageContaining("'" + wrong + "'");
        }
        Cli cli = Cli.run("generate", "--prompt", "x", "--seed", "18446744073709551616");
        assertThat(cli.exit()).isEqualTo(2);
        assertThat(cli.err()).contains("a seed is from -9223372036854775808 to 18446744073709551615");
    }

    @Test
    void usageShowsWhatWasTypedAndDoesNotObeyIt() throws IOException {
        Cli cli = Cli.run("generate", "--prompt", "x", "--steps", (char) 27 + "[2J");
        assertThat(cli.exit()).isEqualTo(2);
        assertThat(cli.err()).contains("\\u001b[2J").doesNotContain(String.valueOf((char) 27));
    }

    @Test
    void aFolderCanBeReadWhereAFileCan() throws IOException {
        Files.createDirectories(folder.resolve("a"));
        assertThat(Cli.run("inspect", folder.resolve("a").toString()).err()).doesNotContain("is a pipe");
    }
}
