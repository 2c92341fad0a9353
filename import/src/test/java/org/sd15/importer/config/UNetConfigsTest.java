package org.sd15.importer.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.sd15.importer.Foreign;
import org.sd15.importer.io.ImportException;
import org.sd15.unet.UNetConfig;
import org.sd15.unet.UNetConfig.DownBlockType;
import org.sd15.unet.UNetConfig.UpBlockType;

class UNetConfigsTest {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    @TempDir
    private Path folder;

    /** What diffusers 0.42.1 saves: every argument of its constructor. */
    private static ObjectNode full() throws IOException {
        return (ObjectNode)
                JSON.readTree(Foreign.path("diffusers/unet/config.json").toFile());
    }

    private UNetConfig read(ObjectNode config) throws IOException {
        Path file = folder.resolve("config.json");
        Files.writeString(file, JSON.writeValueAsString(config));
        return UNetConfigs.read(file);
    }

    private static ObjectNode with(String key, String value) throws IOException {
        return full().set(key, JSON.readTree(value));
    }

    @Test
    void readsWhatDiffusersSaves() throws IOException {
        UNetConfig config = UNetConfigs.read(Foreign.path("diffusers/unet/config.json"));
        UNetConfig sd15 = UNetConfig.sd15();
        assertThat(config)
                .isEqualTo(new UNetConfig(
                        4,
                        4,
                        List.of(8, 16, 16, 16),
                        sd15.downBlockTypes(),
                        sd15.upBlockTypes(),
                        2,
                        8,
                        16,
                        8,
                        1e-5,
                        false));
    }

    /** The file of the original model has just these keys; runwayml/stable-diffusion-v1-5, unet/config.json. */
    @Test
    void readsTheShortFileOfStableDiffusion15() throws IOException {
        ObjectNode config = (ObjectNode) JSON.readTree("""
                {"_class_name": "UNet2DConditionModel", "_diffusers_version": "0.6.0", "act_fn": "silu",
                 "attention_head_dim": 8, "block_out_channels": [320, 640, 1280, 1280], "center_input_sample": false,
                 "cross_attention_dim": 768, "down_block_types": ["CrossAttnDownBlock2D", "CrossAttnDownBlock2D",
                 "CrossAttnDownBlock2D", "DownBlock2D"], "downsample_padding": 1, "flip_sin_to_cos": true, "freq_shift": 0,
                 "in_channels": 4, "layers_per_block": 2, "mid_block_scale_factor": 1, "norm_eps": 1e-05,
                 "norm_num_groups": 32, "out_channels": 4, "sample_size": 64, "up_block_types": ["UpBlock2D",
                 "CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"]}
                """);
        assertThat(read(config)).isEqualTo(UNetConfig.sd15());
    }

    /** The constructor's defaults are Stable Diffusion's, except for the width of the text. */
    @Test
    void takesTheDefaultsOfDiffusers() throws IOException {
        UNetConfig sd15 = UNetConfig.sd15();
        assertThat(read(JSON.createObjectNode()))
                .isEqualTo(new UNetConfig(
                        4,
                        4,
                        sd15.blockOutChannels(),
                        sd15.downBlockTypes(),
                        sd15.upBlockTypes(),
                        2,
                        8,
                        1280,
                        32,
                        1e-5,
                        false));
    }

    @Test
    void headsMayDifferByLevel() throws IOException {
        ObjectNode config = full();
        config.set("attention_head_dim", JSON.readTree("[1, 2, 4, 8]"));
        assertThat(read(config).heads()).containsExactly(1, 2, 4, 8);
        config.put("attention_head_dim", 4);
        assertThat(read(config).heads()).containsExactly(4, 4, 4, 4);
    }

    @Test
    void readsTheKeysThatDiffer() throws IOException {
        ObjectNode config = full();
        config.put("in_channels", 9)
                .put("use_linear_projection", true)
                .put("attention_head_dim", 4)
                .put("norm_eps", 1e-6);
        config.put("upcast_attention", true);
        config.set("layers_per_block", JSON.readTree("[1, 1, 1, 1]"));
        config.set("cross_attention_dim", JSON.readTree("[24, 24, 24, 24]"));
        config.set(
                "down_block_types",
                JSON.readTree("[\"DownBlock2D\",\"DownBlock2D\",\"CrossAttnDownBlock2D\",\"DownBlock2D\"]"));
        config.set(
                "up_block_types", JSON.readTree("[\"UpBlock2D\",\"CrossAttnUpBlock2D\",\"UpBlock2D\",\"UpBlock2D\"]"));
        config.put("time_embedding_dim", 32);
        assertThat(read(config))
                .isEqualTo(new UNetConfig(
                        9,
                        4,
                        List.of(8, 16, 16, 16),
                        List.of(
                                DownBlockType.DownBlock2D,
                                DownBlockType.DownBlock2D,
                                DownBlockType.CrossAttnDownBlock2D,
                                DownBlockType.DownBlock2D),
                        List.of(
                                UpBlockType.UpBlock2D,
                                UpBlockType.CrossAttnUpBlock2D,
                                UpBlockType.UpBlock2D,
                                UpBlockType.UpBlock2D),
                        1,
                        4,
                        24,
                        8,
                        1e-6,
                        true));
    }

    /** For every key that is not simply read: a value that diffusers knows and this project does not. */
    private static final Map<String, String> NOT_IMPLEMENTED = Map.ofEntries(
            Map.entry("_class_name", "\"UNet2DModel\""),
            Map.entry("act_fn", "\"gelu\""),
            Map.entry("addition_embed_type", "\"text_time\""),
            Map.entry("addition_time_embed_dim", "256"),
            Map.entry("attention_type", "\"gated\""),
            Map.entry("center_input_sample", "true"),
            Map.entry("class_embed_type", "\"timestep\""),
            Map.entry("class_embeddings_concat", "true"),
            Map.entry("conv_in_kernel", "1"),
            Map.entry("conv_out_kernel", "1"),
            Map.entry("cross_attention_norm", "\"layer_norm\""),
            Map.entry("downsample_padding", "0"),
            Map.entry("dual_cross_attention", "true"),
            Map.entry("encoder_hid_dim", "1024"),
            Map.entry("encoder_hid_dim_type", "\"text_proj\""),
            Map.entry("flip_sin_to_cos", "false"),
            Map.entry("freq_shift", "1"),
            Map.entry("mid_block_only_cross_attention", "true"),
            Map.entry("mid_block_scale_factor", "1.4142135"),
            Map.entry("mid_block_type", "\"UNetMidBlock2D\""),
            Map.entry("num_attention_heads", "8"),
            Map.entry("num_class_embeds", "1000"),
            Map.entry("only_cross_attention", "true"),
            Map.entry("projection_class_embeddings_input_dim", "2816"),
            Map.entry("resnet_out_scale_factor", "2.0"),
            Map.entry("resnet_skip_time_act", "true"),
            Map.entry("resnet_time_scale_shift", "\"scale_shift\""),
            Map.entry("reverse_transformer_layers_per_block", "[[1]]"),
            Map.entry("time_cond_proj_dim", "256"),
            Map.entry("time_embedding_act_fn", "\"silu\""),
            Map.entry("time_embedding_dim", "1280"),
            Map.entry("time_embedding_type", "\"fourier\""),
            Map.entry("timestep_post_act", "\"silu\""),
            Map.entry("transformer_layers_per_block", "2"),
            Map.entry("attention_head_dim", "[8,\"8\",8,8]"),
            Map.entry("cross_attention_dim", "[768,768,1024,768]"),
            Map.entry("layers_per_block", "[2,2,2,3]"),
            Map.entry("norm_num_groups", "null"),
            Map.entry("a_key_of_the_future", "1"));

    /** Keys that are read as they are, or don't matter. */
    private static final Set<String> FREE = Set.of(
            "_diffusers_version",
            "addition_embed_type_num_heads",
            "block_out_channels",
            "down_block_types",
            "dropout",
            "in_channels",
            "norm_eps",
            "out_channels",
            "sample_size",
            "up_block_types",
            "upcast_attention",
            "use_linear_projection");

    @Test
    void knowsEveryKeyOfDiffusers() throws IOException {
        Set<String> keys = new TreeSet<>();
        full().properties().forEach(entry -> keys.add(entry.getKey()));
        Set<String> known = new TreeSet<>(FREE);
        known.addAll(NOT_IMPLEMENTED.keySet());
        known.remove("a_key_of_the_future");
        assertThat(known).isEqualTo(keys);
    }

    /** An average of a training says how it was made; lists of false switch nothing on at any level. */
    @Test
    void acceptsWhatChangesNothingForAPicture() throws IOException {
        ObjectNode config = with("dropout", "0.1");
        config.setAll((ObjectNode) new JsonMapper().readTree("""
                {"decay": 0.9999, "inv_gamma": 1.0, "min_decay": 0.0, "optimization_step": 800, "power": 0.67,
                 "update_after_step": 0, "use_ema_warmup": true, "only_cross_attention": [false, false, false, false]}
                """));
        assertThat(read(config)).isEqualTo(read(full()));
    }

    static Stream<String> notImplemented() {
        return NOT_IMPLEMENTED.keySet().stream().sorted();
    }

    @ParameterizedTest
    @MethodSource("notImplemented")
    void refusesByNameWhatIsNotImplemented(String key) throws IOException {
        String value = NOT_IMPLEMENTED.get(key);
        ObjectNode config = with(key, value);
        assertThatThrownBy(() -> read(config))
                .isInstanceOf(ImportException.class)
                .hasMessageStartingWith(folder.resolve("config.json") + ": " + key + " is " + value);
    }

    @Test
    void refusesEverythingAtOnce() throws IOException {
        ObjectNode config =
                with("act_fn", "\"mish\"").put("time_cond_proj_dim", 256).put("novelty", 5);
        assertThatThrownBy(() -> read(config))
                .hasMessageContainingAll("act_fn is \"mish\"", "time_cond_proj_dim is 256", "novelty is 5");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            down_block_types   | ["DownBlock2D"]                                                  | down_block_types 1
            down_block_types   | ["AttnDownBlock2D","DownBlock2D","DownBlock2D","DownBlock2D"]    | CrossAttnDownBlock2D, DownBlock2D
            block_out_channels | [12,16,16,16]                                                    | 8 groups
            block_out_channels | []                                                               | block_out_channels is empty
            norm_num_groups    | 0                                                                | must be from 1 to 8192
            attention_head_dim | 3                                                                | 3 heads
            attention_head_dim | [4,4,4]                                                          | 3 values for 4 levels
            attention_head_dim | [4,4,4,3]                                                        | 3 heads
            """)
    void namesTheFileWhenTheNumbersDontFitTogether(String key, String value, String error) throws IOException {
        ObjectNode config = with(key, value);
        assertThatThrownBy(() -> read(config))
                .isInstanceOf(ImportException.class)
                .hasMessageContainingAll("config.json: ", error);
    }
}
