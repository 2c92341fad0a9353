package org.sd15.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import ch.qos.logback.core.joran.spi.JoranException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A checkpoint whose names would clear a terminal's screen and write upon it. */
class HostileNamesTest {

    private static final String ESCAPE = String.valueOf((char) 27);
    private static final String NAME = "a" + ESCAPE + "[1A" + ESCAPE + "[2K" + (char) 0x9b + "2Jfake\nall is well";
    private static final String REMARK = ESCAPE + "]0;OWNED" + (char) 7 + (char) 0x202e + "\r\n";

    @TempDir
    private Path folder;

    private String file = "";

    @BeforeEach
    void writeTheFile() throws IOException {
        byte[] header = new ObjectMapper()
                .writeValueAsBytes(Map.of(
                        "__metadata__",
                        Map.of("x" + REMARK, REMARK),
                        NAME,
                        Map.of("dtype", "F32", "shape", new int[] {1}, "data_offsets", new int[] {0, 4})));
        ByteBuffer bytes = ByteBuffer.allocate(8 + header.length + 4).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putLong(header.length).put(header);
        file = Files.write(folder.resolve("hostile.safetensors"), bytes.array()).toString();
    }

    private static void assertHarmless(String text) {
        assertThat(text.codePoints().filter(character -> character != '\n'))
                .noneMatch(character -> Character.getType(character) == Character.CONTROL
                        || Character.getType(character) == Character.FORMAT);
    }

    @Test
    void inspectShowsThemOnOneLineEach() {
        Cli cli = Cli.run("inspect", file);
        assertThat(cli.exit()).as(cli.err()).isZero();
        assertHarmless(cli.out());
        assertThat(cli.out())
                .contains(
                        "a\\u001b[1A\\u001b[2K\\u009b2Jfake\\nall is well F32[1]",
                        "\\u001b]0;OWNED\\u0007\\u202e\\r\\n");
        assertThat(cli.out().lines()).noneMatch(line -> line.startsWith("all is well"));
    }

    @Test
    void inspectInJsonIsStillTheSameJson() throws IOException {
        Cli cli = Cli.run("inspect", "--json", file);
        assertHarmless(cli.out());
        JsonNode part = new ObjectMapper().readTree(cli.out()).get("parts").get(0);
        assertThat(part.get("tensors").get(0).get("name").asText()).isEqualTo(NAME);
        assertThat(part.get("metadata").get("x" + REMARK).asText()).isEqualTo(REMARK);
    }

    @Test
    void messagesShowThem() {
        Cli cli = Cli.run(
                "run", "unet", "--inputs", file, "--dump", folder.resolve("x").toString());
        assertThat(cli.exit()).isEqualTo(1);
        assertHarmless(cli.err());
        assertThat(cli.err()).contains("a\\u001b[1A");
        assertHarmless(Cli.run("run", "unet", "--inputs", file, "--dump", "x", "--verbose")
                .err()
                .replace("\t", ""));
        assertHarmless(Cli.run("generate", "--prompt", "x", "--model", "no" + ESCAPE + "[2Jwhere")
                .err());
        assertHarmless(Cli.run(ESCAPE + "[2J").err());
    }

    /** As the launcher has it; tests have a configuration of their own. */
    @Test
    void loggedMessagesShowThem() throws JoranException {
        LoggerContext context = new LoggerContext();
        JoranConfigurator configurator = new JoranConfigurator();
        context.setMDCAdapter(new LogbackMDCAdapter());
        configurator.setContext(context);
        configurator.doConfigure(Objects.requireNonNull(HostileNamesTest.class.getResource("/logback.xml")));
        Cli cli = Cli.capture(() -> {
            context.getLogger("loader").warn("{}", NAME, new IOException(NAME));
            return 0;
        });
        assertHarmless(cli.err().replace("\t", ""));
        assertThat(cli.err())
                .startsWith("WARN loader: a\\u001b[1A\\u001b[2K\\u009b2Jfake\\nall is well")
                .contains("java.io.IOException: a\\u001b", "at org.sd15.cli.HostileNamesTest");
    }
}
