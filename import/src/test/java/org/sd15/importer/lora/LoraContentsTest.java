package org.sd15.importer.lora;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sd15.importer.ModelKind;
import org.sd15.importer.TensorFiles;
import org.sd15.importer.tensor.TensorFile;

/** What can be told of a LoRA without a model. */
class LoraContentsTest {

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        family/lycoris_locon             | {LoRA=1, LoRA (Tucker)=1}
        family/lycoris_loha              | {LoHa=2, LoHa (Tucker)=1}
        family/lycoris_lokr              | {LoKr=3, LoKr (Tucker)=1}
        family/lycoris_dora              | {LoHa with DoRA=1, LoKr with DoRA=1, LoRA with DoRA=2}
        family/lycoris_ia3               | {(IA)3=4}
        family/lycoris_oft               | {OFT=3}
        family/lycoris_oft_diag          | {OFT=1}
        family/lycoris_full              | {full difference=3, full difference of a bias=3}
        family/peft_loha/adapter_model   | {LoHa=1, LoHa (Tucker)=1}
        family/peft_lokr/adapter_model   | {LoKr=2, LoKr (Tucker)=1}
        family/peft_dora/adapter_model   | {LoRA with DoRA=3}
        family/peft_ia3/adapter_model    | {(IA)3=3}
        family/peft_oft/adapter_model    | {OFT=2}
        kohya_conv                       | {LoRA=278}
        processor                        | {LoRA=136}
        """)
    void theMethodsAreToldByTheNames(String name, String modules) throws IOException {
        try (TensorFile file = TensorFiles.open(TinyModel.file(name + ".safetensors"))) {
            LoraContents contents = LoraContents.of(file.tensors().keySet());
            assertThat(contents.modules()).hasToString(modules);
            assertThat(contents.unread()).isEmpty();
            assertThat(ModelKind.of(file.tensors().keySet())).isEqualTo(ModelKind.LORA);
        }
    }

    @Test
    void whatIsNotUnderstoodIsNamed() {
        LoraContents contents = LoraContents.of(List.of(
                "a.lora_up.weight", "a.lora_down.weight", "b.weight", "c.boft_R", "bundle_emb.x.string_to_param"));
        assertThat(contents.modules()).isEqualTo(Map.of("LoRA", 1));
        assertThat(contents.unread()).containsExactly("b.weight", "c.boft_R", "bundle_emb.x.string_to_param");
    }
}
