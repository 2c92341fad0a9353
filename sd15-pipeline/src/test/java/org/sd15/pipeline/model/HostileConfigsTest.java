package org.sd15.pipeline.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.sd15.attention.graph.ParameterSpec;
import org.sd15.importer.config.ConfigReader;
import org.sd15.importer.io.ImportException;
import org.sd15.pipeline.text.ClipTextConfig;
import org.sd15.pipeline.text.ClipTextEncoder;
import org.sd15.pipeline.vae.Vae;
import org.sd15.pipeline.vae.VaeConfig;
import org.sd15.testing.Fixture;

/** A kilobyte of JSON asks for everything: each number has bounds, and what is over them is refused at once. */
class HostileConfigsTest {

    @TempDir
    private Path folder;

    /** Reads a file in one of the ways that {@link ModelConfigs} knows. */
    @FunctionalInterface
    private interface Reading {
        Object read(ConfigReader config);
    }

    private void refuses(String part, String key, String value, Reading reading, String error) throws IOException {
        String file = part.equals("scheduler") ? "scheduler_config.json" : "config.json";
        String original = Files.readString(Fixture.resource("sd15-pipeline", "shapes/" + part + "/" + file));
        String changed = original.replaceAll("\"" + key + "\": (\\[[^\\]]*\\]|[^,}\n]*)", "\"" + key + "\": " + value);
        assertThat(changed).isNotEqualTo(original);
        Path path = Files.writeString(folder.resolve(file), changed);
        assertTimeoutPreemptively(
                Duration.ofSeconds(2),
                () -> assertThatThrownBy(() -> reading.read(ConfigReader.read(path)))
                        .isInstanceOf(ImportException.class)
                        .hasMessageStartingWith(path + ": ")
                        .hasMessageContaining(error));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            num_hidden_layers       | 2147483640 | num_hidden_layers is 2147483640, must be from 1 to 64
            num_hidden_layers       | 0          | num_hidden_layers is 0, must be from 1 to 64
            vocab_size              | 2147483647 | vocab_size is 2147483647, must be from 1 to 1000000
            hidden_size             | 2147483644 | hidden_size is 2147483644, must be from 1 to 8192
            intermediate_size       | 0          | intermediate_size is 0, must be from 1 to 32768
            num_attention_heads     | 257        | num_attention_heads is 257, must be from 1 to 256
            num_attention_heads     | 3          | num_attention_heads is 3, which does not divide hidden_size
            max_position_embeddings | 1          | max_position_embeddings is 1, must be from 2 to 4096
            layer_norm_eps          | 1e400      | layer_norm_eps is
            layer_norm_eps          | 0          | layer_norm_eps is 0, must be from 1.0E-12 to 1
            """)
    void refusesATextEncoder(String key, String value, String error) throws IOException {
        refuses("text_encoder", key, value, ModelConfigs::text, error);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            scaling_factor     | 0             | scaling_factor is 0, must be from 1.0E-6 to 1000000
            scaling_factor     | -0.18215      | scaling_factor is -0.18215, must be from
            scaling_factor     | 1e400         | scaling_factor is
            scaling_factor     | 1e-320        | must be from 1.0E-6 to 1000000
            layers_per_block   | 17            | layers_per_block is 17, must be from 1 to 16
            in_channels        | 0             | in_channels is 0, must be from 1 to 256
            out_channels       | 257           | out_channels is 257, must be from 1 to 256
            latent_channels    | 1000000       | latent_channels is 1000000, must be from 1 to 256
            norm_num_groups    | 0             | norm_num_groups is 0, must be from 1 to 8192
            block_out_channels | [32, 64, 0]   | block_out_channels is 0, must be from 1 to 8192
            block_out_channels | [8192, 8192, 8192] | parameters, 1,000,000,000 at most
            """)
    void refusesAnAutoencoder(String key, String value, String error) throws IOException {
        refuses("vae", key, value, ModelConfigs::vae, error);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            num_train_timesteps | 1000000000 | num_train_timesteps is 1000000000, must be from 1 to 100000
            num_train_timesteps | 0          | num_train_timesteps is 0, must be from 1 to 100000
            trained_betas       | []         | the number of values of trained_betas is 0, must be from 1 to 100000
            beta_start          | -0.1       | beta_start is -0.1, must be from 0 to 1
            beta_start          | 0          | every beta lies between 0 and 1
            beta_end            | 1e400      | beta_end is
            beta_end            | 1          | every beta lies between 0 and 1
            steps_offset        | -1         | steps_offset is -1, must be from 0 to 100000
            """)
    void refusesAScheduler(String key, String value, String error) throws IOException {
        refuses("scheduler", key, value, ModelConfigs::scheduler, error);
    }

    @Test
    void refusesNumbersThatOnlySomeSchedulersHave() throws IOException {
        for (String said :
                List.of("\"original_inference_steps\": 0", "\"timestep_scaling\": 0", "\"timestep_scaling\": 1e400")) {
            Path path = Files.writeString(folder.resolve("scheduler_config.json"), "{" + said + "}");
            assertThatThrownBy(() -> ModelConfigs.scheduler(ConfigReader.read(path)))
                    .isInstanceOf(ImportException.class)
                    .hasMessageContaining(said.substring(1, said.indexOf('"', 1)) + " is ");
        }
        Path still = Files.writeString(
                folder.resolve("still.json"),
                "{\"_class_name\": \"DDIMScheduler\", \"num_train_timesteps\": 1, \"rescale_betas_zero_snr\": true}");
        assertThatThrownBy(() -> ModelConfigs.scheduler(ConfigReader.read(still)))
                .hasMessageContainingAll("still.json", "rescale_betas_zero_snr");
    }

    @Test
    void refusesPicturesThatNobodyCanDraw() throws IOException {
        for (String side : List.of("0", "1025", "2147483647")) {
            Path path = Files.writeString(folder.resolve("config.json"), "{\"sample_size\": " + side + "}");
            assertThatThrownBy(() -> ModelConfigs.sampleSize(ConfigReader.read(path)))
                    .isInstanceOf(ImportException.class)
                    .hasMessageContaining("sample_size is " + side + ", must be from 1 to 1024");
        }
    }

    static Stream<VaeConfig> autoencoders() {
        return Stream.of(
                VaeConfig.sd15(),
                new VaeConfig(3, 1, 7, List.of(8), 1, 4, 1),
                new VaeConfig(3, 3, 4, List.of(16, 16, 24, 8), 3, 8, 1));
    }

    @ParameterizedTest
    @MethodSource("autoencoders")
    void countsTheParametersOfAnAutoencoder(VaeConfig config) {
        assertThat(config.parameterCount()).isEqualTo(length(Vae.parameters(config)));
    }

    @Test
    void countsTheParametersOfATextEncoder() {
        ClipTextConfig odd = new ClipTextConfig(20, 8, 13, 2, 2, 6, 1e-5);
        assertThat(odd.parameterCount()).isEqualTo(length(ClipTextEncoder.parameters(odd)));
        assertThat(ClipTextConfig.sd15().parameterCount()).isEqualTo(123_060_480);
        assertThatThrownBy(() -> new ClipTextConfig(1_000_000, 8192, 32_768, 64, 8, 4096, 1e-5))
                .hasMessageContaining("parameters, 4,000,000,000 at most");
    }

    private static long length(List<ParameterSpec> parameters) {
        return parameters.stream().mapToLong(ParameterSpec::length).sum();
    }

    /** The deepest models that the bounds allow take no longer than a moment to be compared with their files. */
    @Test
    void whatIsWithinTheBoundsIsListedQuickly() {
        VaeConfig deep = new VaeConfig(3, 3, 4, Collections.nCopies(8, 8), 16, 8, 1);
        ClipTextConfig tall = new ClipTextConfig(20, 8, 16, 64, 2, 4096, 1e-5);
        assertTimeoutPreemptively(Duration.ofSeconds(20), () -> {
            assertThat(Vae.parameters(deep)).hasSizeGreaterThan(2000);
            assertThat(ClipTextEncoder.parameters(tall)).hasSizeGreaterThan(1000);
        });
    }
}
