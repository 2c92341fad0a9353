package org.sd15.pipeline.model;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sd15.importer.config.ConfigReader;
import org.sd15.importer.config.UNetConfigs;
import org.sd15.unet.UNetConfig;

/** Configurations that are written say what was read. */
class DiffusersConfigsTest {

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            4 | 4 | 4
            2 | 8 | [2,8]
            """)
    void aUNetHasItsHeadsAgain(int first, int second, String written) {
        UNetConfig usual = UNetConfig.sd15();
        var config = new UNetConfig(
                4,
                4,
                List.of(32, 64),
                usual.downBlockTypes().subList(2, 4),
                usual.upBlockTypes().subList(0, 2),
                2,
                List.of(first, second),
                24,
                32,
                1e-5,
                true);
        ObjectNode json = DiffusersConfigs.unet(config, 8);
        assertThat(json.path("attention_head_dim")).hasToString(written);
        assertThat(UNetConfigs.read(ConfigReader.of(Path.of("config.json"), json)))
                .isEqualTo(config);
    }
}
