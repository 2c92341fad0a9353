package org.sd15.importer.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sd15.importer.Foreign;
import org.sd15.importer.io.ImportException;
import org.sd15.unet.UNetConfig;

/** Configurations that ask for everything are refused at once, whatever number they do it with. */
class HostileUNetConfigsTest {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    @TempDir
    private Path folder;

    private static ObjectNode full() throws IOException {
        return (ObjectNode)
                JSON.readTree(Foreign.path("diffusers/unet/config.json").toFile());
    }

    private UNetConfig read(ObjectNode config) throws IOException {
        return UNetConfigs.read(Files.writeString(folder.resolve("config.json"), JSON.writeValueAsString(config)));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            layers_per_block    | 100000       | layers_per_block is 100000, must be from 1 to 16
            layers_per_block    | [2147483647] | layers_per_block is 2147483647, must be from 1 to 16
            attention_head_dim  | 1000000000   | (the number of heads) is 1000000000, must be from 1 to 256
            block_out_channels  | [8,16,16,1073741824] | block_out_channels is 1073741824, must be from 1 to 8192
            block_out_channels  | [8192,8192,8192,8192] | 4,000,000,000 at most
            cross_attention_dim | 2147483647   | cross_attention_dim is 2147483647, must be from 1 to 8192
            in_channels         | 0            | in_channels is 0, must be from 1 to 256
            out_channels        | 2147483647   | out_channels is 2147483647, must be from 1 to 256
            norm_num_groups     | 2147483647   | norm_num_groups is 2147483647, must be from 1 to 8192
            norm_eps            | 1e400        | must be a number
            norm_eps            | -1e-5        | norm_eps is -1.0E-5, must be from 1.0E-12 to 1
            """)
    void refusesNumbersThatNoModelHas(String key, String value, String error) throws IOException {
        ObjectNode config = full();
        config.set(key, JSON.readTree(value));
        if (value.startsWith("[8192")) {
            config.put("layers_per_block", 16);
        }
        assertTimeoutPreemptively(
                Duration.ofSeconds(2),
                () -> assertThatThrownBy(() -> read(config))
                        .isInstanceOf(ImportException.class)
                        .hasMessageContainingAll("config.json: ", error));
    }

    @Test
    void aFileOfNothingButStrangeKeysIsNotShownAsAWhole() throws IOException {
        ObjectNode config = full();
        for (int i = 0; i < 500; i++) {
            config.put("strange" + "x".repeat(1000) + i, i + 1);
        }
        assertThatThrownBy(() -> read(config))
                .hasMessageEndingWith("and 480 more")
                .extracting(problem -> problem.getMessage().length())
                .satisfies(length -> assertThat(length).isLessThan(5000));
    }
}
