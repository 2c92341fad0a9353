package org.sd15.importer.names;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.sd15.testing.Fixture;
import org.sd15.unet.UNetConfig;

/** Against the list of all tensors of Stable Diffusion 1.5 under both names, {@code sd15-tensors.json}. */
class LdmNamesTest {

    private static final ModuleNames UNET = LdmNames.unet(UNetConfig.sd15());
    private static final ModuleNames VAE = LdmNames.vae(4, 2);

    private static JsonNode tensors(String model) throws IOException {
        return JsonMapper.builder()
                .build()
                .readTree(Fixture.resource("sd15-unet", "sd15-tensors.json").toFile())
                .get(model)
                .get("list");
    }

    private static void assertEveryName(String model, String prefix, ModuleNames names, int expected)
            throws IOException {
        JsonNode list = tensors(model);
        assertThat(list).hasSize(expected);
        for (JsonNode tensor : list) {
            String diffusers = tensor.get("name").textValue();
            String ldm = tensor.get("ldm_name").textValue();
            assertThat(ldm).startsWith(prefix);
            assertThat(names.toLdm(diffusers)).contains(ldm.substring(prefix.length()));
            assertThat(names.toDiffusers(ldm.substring(prefix.length()))).contains(diffusers);
        }
    }

    @Test
    void knowsEveryTensorOfTheUNetBothWays() throws IOException {
        assertEveryName("unet", "model.diffusion_model.", UNET, 686);
    }

    @Test
    void knowsEveryTensorOfTheAutoencoderBothWays() throws IOException {
        assertEveryName("vae", "first_stage_model.", VAE, 248);
    }

    @Test
    void leavesTheTextEncodersNamesAlone() throws IOException {
        JsonNode list = tensors("text_encoder");
        assertThat(list).hasSize(196);
        for (JsonNode tensor : list) {
            String name = tensor.get("name").textValue();
            assertThat(tensor.get("ldm_name").textValue()).isEqualTo("cond_stage_model.transformer." + name);
            assertThat(LegacyNames.withTextModel(name)).isEqualTo(name);
            assertThat(LegacyNames.withTextModel(name.substring("text_model.".length())))
                    .isEqualTo(name);
        }
    }

    /** Names that look right and belong to no module of this model. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "input_blocks.12.0.in_layers.0.weight",
                "input_blocks.1.1",
                "input_blocks.10.1.norm.weight",
                "label_emb.0.0.weight",
                "output_blocks.2.2.conv.weight",
                "xinput_blocks.0.0.weight",
                "input_blocks.0.0x.weight",
                "weight",
                ""
            })
    void knowsNoOtherTensorOfTheUNet(String name) {
        assertThat(UNET.toDiffusers(name)).isEmpty();
    }

    /** A UNet of another shape numbers its blocks otherwise: one layer, two levels, attention on the second. */
    @ParameterizedTest
    @CsvSource({
        "down_blocks.0.resnets.0.conv1.weight, input_blocks.1.0.in_layers.2.weight",
        "down_blocks.0.downsamplers.0.conv.bias, input_blocks.2.0.op.bias",
        "down_blocks.1.attentions.0.proj_in.weight, input_blocks.3.1.proj_in.weight",
        "up_blocks.0.attentions.1.norm.bias, output_blocks.1.1.norm.bias",
        "up_blocks.0.upsamplers.0.conv.weight, output_blocks.1.2.conv.weight",
        "up_blocks.1.resnets.1.conv_shortcut.weight, output_blocks.3.0.skip_connection.weight",
    })
    void countsTheBlocksOfOtherUNets(String diffusers, String ldm) {
        ModuleNames names = LdmNames.unet(new UNetConfig(
                4,
                4,
                List.of(8, 8),
                List.of(UNetConfig.DownBlockType.DownBlock2D, UNetConfig.DownBlockType.CrossAttnDownBlock2D),
                List.of(UNetConfig.UpBlockType.CrossAttnUpBlock2D, UNetConfig.UpBlockType.UpBlock2D),
                1,
                8,
                16,
                8,
                1e-5,
                false));
        assertThat(names.toLdm(diffusers)).contains(ldm);
        assertThat(names.toDiffusers(ldm)).contains(diffusers);
    }

    @Test
    void refusesTwoNamesForOneModule() {
        ModuleNames names = new ModuleNames();
        names.add("a", "b");
        assertThatThrownBy(() -> names.add("a", "c")).hasMessageContaining("a");
        assertThatThrownBy(() -> names.add("d", "b")).hasMessageContaining("b");
    }
}
